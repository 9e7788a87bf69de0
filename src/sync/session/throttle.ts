import { toHex } from "../encoding/bytes.ts";
import type { Clock } from "../ports.ts";

/** A whole account as large as it gets (A7) is taken at once. */
const BURST = 8192;
/** Milliseconds for each op above that. */
const EACH_MS = 50;
/** What a frame costs besides its ops: the account is resolved and written once for each. */
const FRAME = 8;
/** After its clock was set back a device waits no longer than this for what was said before. */
const MOST_DEBT_MS = 60_000;

/**
 * A7: a device that says ops without end takes a bounded part of the time, over all its connections; nothing that it says is refused.
 * In memory: one number for each device of the account that ever connected.
 */
export class OpThrottle {
  readonly #clock: Clock;
  /** By device: the time at which all that it said is paid for. */
  readonly #paid = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds to wait before these are looked at. */
  charge(device: Uint8Array, ops: number): number {
    const key = toHex(device);
    const now = this.#clock.now();
    const free = now + BURST * EACH_MS;
    const before = Math.min(this.#paid.get(key) ?? now, free + MOST_DEBT_MS);
    const paid = Math.max(before, now) + (ops + FRAME) * EACH_MS;
    this.#paid.set(key, paid);
    return Math.max(0, paid - free);
  }
}
