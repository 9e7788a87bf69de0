import type { Clock } from "../../sync/ports.ts";
import { TokenBucket } from "../kit/token-bucket.ts";
import type { AccountId } from "../contract/index.ts";
import type { Ephemeral } from "./inbox.ts";

/** Somebody types, or came or went away. `conversation` is the core's row. */
export interface EphemeralEvent {
  account: AccountId;
  conversation: number;
  event: Ephemeral;
}

/** What is over is dropped: it is worth nothing a second later. */
const RATE = { burst: 50, perSecond: 20 };

export class EphemeralGate {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(RATE, clock.now());
  }

  admits(): boolean {
    return this.#bucket.take(this.#clock.now());
  }
}
