import { bareAddress } from "./jids.ts";
import { NS } from "./ns.ts";
import type { Element } from "./xml.ts";

/** 1 January 2100. */
const LATEST = Date.UTC(2100, 0, 1);

/** When it was said, in milliseconds since 1970, as `by` says; undefined where it says nothing of it. Others may write such stamps as well. */
export function delayStamp(parent: Element | undefined, by: readonly string[]): number | undefined {
  const delays = parent?.getChildren("delay", NS.delay) ?? [];
  const trusted = delays.find(({ attrs }) => attrs["from"] !== undefined && by.includes(bareAddress(attrs["from"]) ?? ""));
  return stampOf(trusted?.attrs["stamp"]);
}

/** XEP-0082. */
export function stampOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const time = Date.parse(text);
  return time > 0 && time < LATEST ? time : undefined;
}
