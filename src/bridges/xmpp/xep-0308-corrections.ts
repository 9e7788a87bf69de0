import { NS } from "./ns.ts";
import { type Element, el } from "./xml.ts";

/** Which message takes this one's text; it counts only from the same sender. */
export function correctedId(message: Element): string | undefined {
  return message.getChild("replace", NS.replace)?.attrs["id"] || undefined;
}

export function replaceElement(id: string): Element {
  return el("replace", { xmlns: NS.replace, id });
}
