import { KIND } from "../content/kinds.ts";
import { isShown } from "../log/place.ts";

/** What other entries are understood by, or what somebody is kept out by: no tombstone takes it away. */
const LASTING: ReadonlySet<number> = new Set([KIND.conversation, KIND.device, KIND.cut, KIND.bridgeAccount]);
export const ABOUT: ReadonlySet<number> = new Set([KIND.edit, KIND.reaction, KIND.heardEdit, KIND.heardReactions]);
const FIRST_TOMBSTONE = 20;
const LAST_TOMBSTONE = 29;
const FIRST_SYSTEM = 40;
const LAST_SYSTEM = 69;

/** E1: false for kinds that stay whatever a tombstone says. Of a kind that is not known, the person's wish counts. */
export function isErasable(kind: number): boolean {
  if (LASTING.has(kind)) return false;
  return !(kind >= FIRST_TOMBSTONE && kind <= LAST_TOMBSTONE) && !(kind >= FIRST_SYSTEM && kind <= LAST_SYSTEM);
}

/** What people wrote to be read, and so what grows old (retention); the rest are settings and states, of which the newest counts. */
export function isMessage(kind: number): boolean {
  return isShown(kind) || isAbout(kind);
}

/** Entries that speak of one other entry and go with it (E2). */
export function isAbout(kind: number): boolean {
  return ABOUT.has(kind);
}
