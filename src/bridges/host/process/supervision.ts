import { backoffMs } from "../../kit/backoff.ts";
import type { Timing } from "./types.ts";

/** What the supervisor remembers of an account's crashes. Times are milliseconds of one clock. */
export interface CrashHistory {
  /** Within the window, oldest first. */
  crashes: readonly number[];
  /** Crashes in a row without a stable time between. */
  attempt: number;
}

export const NO_CRASHES: CrashHistory = { crashes: [], attempt: 0 };

export type AfterCrash = { history: CrashHistory; next: { restartIn: number } | "quarantine" };

/** What follows a crash at `now` of a process that started at `startedAt`. */
export function afterCrash(history: CrashHistory, at: { startedAt: number; now: number }, random: number, timing: Timing): AfterCrash {
  const crashes = [...history.crashes.filter((time) => Math.abs(at.now - time) < timing.crashWindow), at.now];
  const attempt = at.now - at.startedAt >= timing.stable ? 1 : history.attempt + 1;
  const next = { crashes, attempt };
  if (crashes.length >= timing.crashes) return { history: next, next: "quarantine" };
  return { history: next, next: { restartIn: backoffMs(attempt, random, { firstMs: timing.backoffFirst, maxMs: timing.backoffMax }) } };
}
