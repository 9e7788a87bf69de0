import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../../sync/ports.ts";

const LIFE_MS = 10 * 60_000;
const MAX_OPEN = 32;

/** Tokens that let one browser in, once, within ten minutes. Only their hashes are kept. */
export class OneTimeTokens {
  readonly #clock: Clock;
  /** By hash: when it expires. */
  readonly #open = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 32 random bytes in base64url. The oldest of too many is given up. */
  issue(): string {
    this.#sweep();
    if (this.#open.size >= MAX_OPEN) this.#open.delete(this.#open.keys().next().value as string);
    const token = randomBytes(32).toString("base64url");
    this.#open.set(hashOf(token), this.#clock.now() + LIFE_MS);
    return token;
  }

  /** False for one that is wrong, used or expired; which of them is not told. */
  redeem(token: string): boolean {
    this.#sweep();
    return this.#open.delete(hashOf(token));
  }

  #sweep(): void {
    const now = this.#clock.now();
    for (const [hash, expires] of this.#open) if (expires <= now || expires > now + LIFE_MS) this.#open.delete(hash);
  }
}

/** Looking up a hash takes a time that tells nothing of the token. */
const hashOf = (token: string): string => createHash("sha256").update(token).digest("base64url");
