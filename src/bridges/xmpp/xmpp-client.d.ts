/** @xmpp/client ships no types. Only what this plugin touches: elements, and the parser of a stream. */
declare module "@xmpp/client" {
  export interface Element {
    name: string;
    attrs: Partial<Record<string, string>>;
    children: (Element | string)[];
    parent: Element | null;
    getName(): string;
    getNS(): string | undefined;
    getChild(name: string, xmlns?: string): Element | undefined;
    getChildren(name: string, xmlns?: string): Element[];
    getChildElements(): Element[];
    getText(): string;
    is(name: string, xmlns?: string): boolean;
    toString(): string;
  }

  export class Parser {
    on(event: "element", listener: (element: Element) => void): this;
    on(event: "end", listener: () => void): this;
    on(event: "error", listener: (error: Error) => void): this;
    protected onStartElement(name: string, attrs: Record<string, string>): void;
    protected onEndElement(name: string): void;
    /** Throws for entities that are not XML's own. */
    write(text: string): void;
  }

  export const xml: {
    (name: string, attrs: Record<string, string | undefined>, ...children: (Element | string | undefined)[]): Element;
    Parser: typeof Parser;
  };
}
