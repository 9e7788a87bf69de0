import { NS } from "./ns.ts";
import { type Element, el } from "./xml.ts";

const OLD = { retract: "urn:xmpp:message-retract:0", fasten: "urn:xmpp:fasten:0" } as const;

/** Which message its sender takes back. */
export function retractedId(message: Element): string | undefined {
  const fastened = message.getChild("apply-to", OLD.fasten);
  if (fastened?.getChild("retract", OLD.retract)) return fastened.attrs["id"] || undefined;
  return message.getChild("retract", NS.retract)?.attrs["id"] || undefined;
}

const FALLBACK = "/me retracted a previous message, but your program does not show it.";

export function retractElements(id: string): Element[] {
  const fallback = el("fallback", { xmlns: NS.fallback, for: NS.retract });
  return [el("retract", { xmlns: NS.retract, id }), fallback, el("body", {}, FALLBACK), el("store", { xmlns: NS.hints })];
}
