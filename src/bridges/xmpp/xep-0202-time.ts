import type { Iqs } from "./iqs.ts";
import { stampOf } from "./xep-0203-delay.ts";
import { childText, el } from "./xml.ts";

const TIME = "urn:xmpp:time";

/** The server's clock, in milliseconds since 1970; undefined where it does not tell. */
export async function serverTime(iqs: Iqs, domain: string): Promise<number | undefined> {
  const answer = await iqs.request("get", el("time", { xmlns: TIME }), domain).catch(() => undefined);
  return stampOf(childText(answer?.getChild("time", TIME), "utc"));
}
