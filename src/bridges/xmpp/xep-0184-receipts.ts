import { NS } from "./ns.ts";
import { type Element, el } from "./xml.ts";

/** Which of our messages has arrived. */
export function receivedId(message: Element): string | undefined {
  return message.getChild("received", NS.receipts)?.attrs["id"] || undefined;
}

/** Whether its sender wants to know that it arrived. */
export function asksForReceipt(message: Element): boolean {
  return message.getChild("request", NS.receipts) !== undefined;
}

export function receiptRequest(): Element {
  return el("request", { xmlns: NS.receipts });
}

export function receipt(to: string, id: string): Element {
  return el("message", { to, type: "chat" }, el("received", { xmlns: NS.receipts, id }), el("store", { xmlns: NS.hints }));
}
