import { fromHex, toHex } from "../encoding/bytes.ts";
import { Listeners } from "../listeners.ts";
import { MAX_AHEAD_MS } from "../log/hlc.ts";

/** B3: how far this device's clock is from those of others. */
export interface ClockVerdict {
  /** Milliseconds by which the others are ahead; negative: behind. */
  ahead: number;
  /** How many were asked. */
  peers: number;
  /** It is this clock that is wrong: several say so. */
  isOff: boolean;
}

/**
 * B3: what other devices say that the time is. The median counts, and of an even number the one of the two in the middle that is
 * nearer to this clock: so fewer than half of them cannot make this device distrust its clock, and one alone never can. In memory:
 * one number for each device of the account.
 */
export class PeerClocks {
  readonly changes = new Listeners<[]>();
  readonly #counts: (device: Uint8Array) => boolean;
  readonly #ahead = new Map<string, number>();

  /** `counts`: whether a device is still in. */
  constructor(counts: (device: Uint8Array) => boolean) {
    this.#counts = counts;
  }

  heard(device: Uint8Array, ahead: number): void {
    this.#ahead.set(toHex(device), ahead);
    this.changes.tell();
  }

  /** This device's clock was set forward by so many milliseconds. */
  moved(by: number): void {
    for (const [device, ahead] of this.#ahead) this.#ahead.set(device, ahead - by);
    this.changes.tell();
  }

  /** Undefined before anyone was asked. */
  get verdict(): ClockVerdict | undefined {
    const said = [...this.#ahead].filter(([device]) => this.#counts(fromHex(device))).map(([, ahead]) => ahead);
    if (said.length === 0) return undefined;
    const ahead = cautiousMedian(said);
    return { ahead, peers: said.length, isOff: said.length > 1 && Math.abs(ahead) > MAX_AHEAD_MS };
  }
}

function cautiousMedian(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)] as number;
  const high = sorted[Math.floor(sorted.length / 2)] as number;
  if (low < 0 && high > 0) return 0;
  return Math.abs(low) < Math.abs(high) ? low : high;
}
