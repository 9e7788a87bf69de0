import type { Iqs } from "./iqs.ts";
import { bareAddress } from "./jids.ts";
import { NS } from "./ns.ts";
import { type Element, el } from "./xml.ts";
import { forwardedIn } from "./xep-0297-forwarding.ts";

export async function enableCarbons(iqs: Iqs): Promise<void> {
  await iqs.request("set", el("enable", { xmlns: NS.carbons }));
}

export type Carbon = { isCarbon: false } | { isCarbon: true; message?: { direction: "sent" | "received"; message: Element } };

/** A copy of what another program of the account sent or got. Only the own account may make copies; those of others are dropped. */
export function readCarbon(stanza: Element, own: string): Carbon {
  for (const direction of ["sent", "received"] as const) {
    const wrapper = stanza.getChild(direction, NS.carbons);
    if (!wrapper) continue;
    const { from } = stanza.attrs;
    const isOurs = from === undefined || (bareAddress(from) === own && !from.includes("/"));
    const forwarded = isOurs ? forwardedIn(wrapper) : undefined;
    if (!forwarded) return { isCarbon: true };
    const { message } = forwarded;
    const fits = bareAddress(direction === "sent" ? message.attrs["from"] : message.attrs["to"]) === own;
    return fits ? { isCarbon: true, message: { direction, message } } : { isCarbon: true };
  }
  return { isCarbon: false };
}
