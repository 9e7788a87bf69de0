import { compareLabels, minLabel, type SecurityLabel } from "../../security-labels/index.ts";

/** Whether the composer may be used. */
export type Gate = { open: true } | { open: false; was: SecurityLabel; now: SecurityLabel };

/**
 * A conversation whose connection got worse than what the person knows is shut until they say that they know. `known`: the best
 * that this device showed, or what was accepted since.
 */
export function gateOf(known: SecurityLabel | undefined, now: SecurityLabel): Gate {
  return known !== undefined && compareLabels(now, known) < 0 ? { open: false, was: known, now } : { open: true };
}

/** What is known after the present label was shown. */
export function learned(known: SecurityLabel | undefined, now: SecurityLabel): SecurityLabel {
  return known !== undefined && minLabel(known, now) === now ? known : now;
}
