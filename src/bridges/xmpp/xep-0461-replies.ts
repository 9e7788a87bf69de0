import { NS } from "./ns.ts";
import { type Element, el } from "./xml.ts";

/** Which message is answered, as its sender or its room calls it. */
export function replyTarget(message: Element): string | undefined {
  return message.getChild("reply", NS.reply)?.attrs["id"] || undefined;
}

/** The text without the quotation that is there for programs that know no replies (XEP-0428): ranges count code points. */
export function withoutFallback(message: Element, body: string): string {
  const fallback = message.getChildren("fallback", NS.fallback).find(({ attrs }) => attrs["for"] === NS.reply);
  const range = fallback?.getChild("body", NS.fallback)?.attrs;
  if (!range) return body;
  const [start, end] = [range["start"], range["end"]].map((text) =>
    text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) : undefined,
  );
  if (start === undefined || end === undefined || end < start) return body;
  const points = Array.from(body);
  const rest = [...points.slice(0, start), ...points.slice(end)].join("");
  return rest.trim() === "" ? body : rest;
}

export function replyElement(id: string): Element {
  return el("reply", { xmlns: NS.reply, id });
}
