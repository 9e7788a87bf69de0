import { type Element, xml } from "@xmpp/client";

export type { Element } from "@xmpp/client";

type Attributes = Record<string, string | undefined>;
type Content = Element | string | undefined;

/** An element in the namespace of its parent, or in that of its `xmlns`. What is undefined is left out. */
export function el(name: string, attributes: Attributes, ...content: Content[]): Element {
  return xml(name, { ...attributes }, ...content);
}

/** Characters that XML 1.0 cannot hold, in whatever form (section 2.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const ILLEGAL = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** As it goes out: whatever a text holds, it is one element. */
export function serialize(element: Element): string {
  return legalText(element.toString());
}

/** What XML cannot hold becomes U+FFFD. */
export function legalText(text: string): string {
  return text.replaceAll(ILLEGAL, "\ufffd");
}

/** Text of the first such child; undefined where there is none. */
export function childText(parent: Element | undefined, name: string, xmlns?: string): string | undefined {
  return parent?.getChild(name, xmlns)?.getText();
}
