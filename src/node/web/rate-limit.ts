import type { Clock } from "../../sync/ports.ts";

export interface Rate {
  /** So many at once. */
  burst: number;
  /** One more after so many milliseconds. */
  refill: number;
}

const MAX_SOURCES = 4096;

/** A token bucket for each source and one for all together; bounded memory, whoever asks. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #each: Rate;
  readonly #all: Bucket;
  readonly #sources = new Map<string, Bucket>();

  constructor(clock: Clock, each: Rate, all: Rate) {
    this.#clock = clock;
    this.#each = each;
    this.#all = new Bucket(all, clock.now());
  }

  /** False where the source, or all together, asked too often. */
  allows(source: string): boolean {
    const now = this.#clock.now();
    let bucket = this.#sources.get(source);
    if (!bucket) {
      if (this.#sources.size >= MAX_SOURCES) this.#sources.delete(this.#sources.keys().next().value as string);
      bucket = new Bucket(this.#each, now);
      this.#sources.set(source, bucket);
    }
    return bucket.take(now) && this.#all.take(now);
  }
}

class Bucket {
  readonly #rate: Rate;
  #left: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#at = now;
  }

  take(now: number): boolean {
    const { burst, refill } = this.#rate;
    // A clock that was set back refills nothing.
    this.#left = Math.min(burst, this.#left + Math.max(0, now - this.#at) / refill);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
