import type { Clock } from "../../sync/ports.ts";

/** Longest delay that a browser's timer takes. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export const browserClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), MAX_DELAY_MS));
    return () => clearTimeout(timer);
  },
};
