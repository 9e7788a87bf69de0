import type { Iqs } from "./iqs.ts";
import { NS } from "./ns.ts";
import { StanzaError } from "./stanza-errors.ts";
import { el } from "./xml.ts";

/** Whether the room still has us under this address (XEP-0410, section 3). What cannot be known counts as yes: nothing is lost by staying. */
export async function stillInside(iqs: Iqs, occupant: string): Promise<boolean> {
  try {
    await iqs.request("get", el("ping", { xmlns: NS.ping }), occupant);
    return true;
  } catch (error) {
    return !(error instanceof StanzaError && error.condition === "not-acceptable");
  }
}
