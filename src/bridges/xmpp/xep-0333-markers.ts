import { NS } from "./ns.ts";
import { type Element, el } from "./xml.ts";

/** Up to which message somebody has read. */
export function displayedId(message: Element): string | undefined {
  return message.getChild("displayed", NS.markers)?.attrs["id"] || undefined;
}

export function markable(): Element {
  return el("markable", { xmlns: NS.markers });
}

export function displayed(to: string, type: "chat" | "groupchat", id: string): Element {
  return el("message", { to, type }, el("displayed", { xmlns: NS.markers, id }), el("store", { xmlns: NS.hints }));
}
