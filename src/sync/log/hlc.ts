import type { Hlc } from "../core.ts";

/** B3: an entry further ahead of the clock than this is held. */
export const MAX_AHEAD_MS = 5 * 60 * 1000;

const COUNTER_LIMIT = 1 << 16;
/** 48 bits. */
export const MAX_HLC_MS = 2 ** 48 - 1;

export function compareHlc(a: Hlc, b: Hlc): number {
  return a.ms - b.ms || a.n - b.n;
}

/** B2: the clock where it is ahead of everything seen, else just after the latest of it. */
export function nextHlc(now: number, seen: readonly Hlc[]): Hlc {
  let latest: Hlc = { ms: 0, n: 0 };
  for (const hlc of seen) if (compareHlc(hlc, latest) > 0) latest = hlc;
  if (now > latest.ms) return { ms: now, n: 0 };
  return latest.n + 1 < COUNTER_LIMIT ? { ms: latest.ms, n: latest.n + 1 } : { ms: latest.ms + 1, n: 0 };
}
