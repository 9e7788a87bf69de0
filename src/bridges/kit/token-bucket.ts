/** A rate limit: a burst, then so many a second. Times are milliseconds of any one steady clock. */
export class TokenBucket {
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  #at: number;

  constructor(rate: { burst: number; perSecond: number }, now: number) {
    this.#burst = rate.burst;
    this.#perMs = rate.perSecond / 1000;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** Takes `count` tokens if they are there and says so. */
  take(now: number, count = 1): boolean {
    this.#refill(now);
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }

  /** Milliseconds until `count` tokens are there; 0 if they are. */
  waitMs(now: number, count = 1): number {
    this.#refill(now);
    return this.#tokens >= count ? 0 : Math.ceil((count - this.#tokens) / this.#perMs);
  }

  /** Takes `count` tokens even below zero: for what has already happened. */
  spend(now: number, count: number): void {
    this.#refill(now);
    this.#tokens -= count;
  }

  #refill(now: number): void {
    // A clock that went back gives nothing and takes nothing.
    if (now > this.#at) this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
