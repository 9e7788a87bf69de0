import { HomeportError } from "../errors.ts";
import type { Clock, Crypto, Random } from "../ports.ts";
import { type Ends, joinerProof } from "./transcript.ts";

/** K5: how long a link can be used. */
export const INVITATION_MS = 10 * 60_000;
const MAX_OPEN_INVITATIONS = 4;

interface Open<T> {
  secret: Uint8Array;
  expires: number;
  owner: T;
  cancel(): void;
}

export interface Used<T> {
  /** The caller wipes it. */
  secret: Uint8Array;
  expires: number;
  owner: T;
}

/** The open invitations of a sponsor. Each is good for one correct proof, until it expires. */
export class Invitations<T> {
  readonly #crypto: Crypto;
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #open: Open<T>[] = [];

  constructor(crypto: Crypto, random: Random, clock: Clock) {
    this.#crypto = crypto;
    this.#random = random;
    this.#clock = clock;
  }

  /** The caller wipes its copy of the secret. Throws `HomeportError` of code `too-many-links`. */
  open(owner: T, onExpired: () => void): { secret: Uint8Array; expires: number } {
    if (this.#open.length >= MAX_OPEN_INVITATIONS) {
      throw new HomeportError(
        "too-many-links",
        `There are ${MAX_OPEN_INVITATIONS} open links already; use one, or wait until one expires.`,
      );
    }
    const secret = this.#random.bytes(32);
    const expires = this.#clock.now() + INVITATION_MS;
    const expire = (): void => {
      if (this.withdraw(owner)) onExpired();
    };
    this.#open.push({ secret, expires, owner, cancel: this.#clock.after(INVITATION_MS, expire) });
    return { secret: secret.slice(), expires };
  }

  /** True where it was still open. */
  withdraw(owner: T): boolean {
    const open = this.#open.find((candidate) => candidate.owner === owner);
    if (open === undefined) return false;
    this.#remove(open);
    this.#crypto.wipe(open.secret);
    return true;
  }

  /**
   * Burns the invitation whose secret the proof shows. Takes the same work whether there is none, one or several, and
   * whether one fits or not, so that a stranger learns nothing from the time.
   */
  use(ends: Ends, commitment: Uint8Array, proof: Uint8Array): Used<T> | undefined {
    let fitting: Open<T> | undefined;
    const nobody = new Uint8Array(32);
    for (let i = 0; i < MAX_OPEN_INVITATIONS; i++) {
      const open = this.#open[i];
      const expected = joinerProof(this.#crypto, open?.secret ?? nobody, ends, commitment);
      const fits = this.#crypto.equal(expected, proof);
      if (fits && open !== undefined && this.#clock.now() < open.expires) fitting = open;
    }
    if (fitting === undefined) return undefined;
    this.#remove(fitting);
    return { secret: fitting.secret, expires: fitting.expires, owner: fitting.owner };
  }

  #remove(open: Open<T>): void {
    open.cancel();
    this.#open.splice(this.#open.indexOf(open), 1);
  }
}
