export interface BackoffLimits {
  /** Milliseconds. */
  firstMs: number;
  maxMs: number;
}

export const BACKOFF: BackoffLimits = { firstMs: 1_000, maxMs: 5 * 60_000 };

/**
 * Milliseconds to wait before try number `attempt` (from 1): doubles from 1 s up to 5 min, of which the upper half is
 * chance, so that many accounts do not come back in the same instant. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, random: number, limits: BackoffLimits = BACKOFF): number {
  const full = Math.min(limits.maxMs, limits.firstMs * 2 ** Math.min(Math.max(attempt, 1) - 1, 30));
  return Math.round(full / 2 + (full / 2) * random);
}
