import type { Draft } from "./scene.ts";

/** A visible line for the time in which nothing could be heard. Times are milliseconds since 1970. */
export function gapBetween(conv: string, since: number, until: number, why: string | undefined): Draft {
  const reason = `Not connected from ${minute(since)} to ${minute(Math.max(since, until))} UTC; ${why ?? "IRC keeps no history of what was said"}.`;
  return { kind: "gap", conv, since, reason };
}

/** A visible line for a channel that we cannot enter. */
export function outside(conv: string, why: string): Draft {
  return { kind: "gap", conv, reason: `${why} Nothing can be heard until it can be joined; it is tried again from time to time.` };
}

/** `2026-11-22 21:27` */
function minute(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}
