import { concat, utf8 } from "../encoding/bytes.ts";
import { HomeportError } from "../errors.ts";
import type { Crypto, Random } from "../ports.ts";

const NONCE = 24;

/** R1: seals with what the bytes are for bound in, so that a sealed value cannot be moved to another place. */
export class Sealing {
  readonly #crypto: Crypto;
  readonly #random: Random;
  readonly #key: Uint8Array;

  constructor(crypto: Crypto, random: Random, key: Uint8Array) {
    this.#crypto = crypto;
    this.#random = random;
    this.#key = key;
  }

  /** Nothing can be sealed or opened afterwards. */
  wipe(): void {
    this.#crypto.wipe(this.#key);
  }

  /** A nonce of 24 bytes, then the sealed text. */
  seal(place: string, plain: Uint8Array): Uint8Array {
    const nonce = this.#random.bytes(NONCE);
    return concat(nonce, this.#crypto.seal(this.#key, nonce, plain, utf8(place)));
  }

  /** Throws `HomeportError` of code `corrupt`. */
  open(place: string, sealed: Uint8Array): Uint8Array {
    const plain = this.#crypto.open(this.#key, sealed.subarray(0, NONCE), sealed.subarray(NONCE), utf8(place));
    if (!plain) throw new HomeportError("corrupt", "The database holds a value that does not belong where it stands. Restore a backup.");
    return plain;
  }
}

/** What is bound into a sealed value: table, row id, column, version (R1). */
export function placeOf(table: string, id: string | number, column: string): string {
  return JSON.stringify([table, String(id), column, 1]);
}

/** `placeOf("entry", "FEED/SEQ", "body")`, which is made for every entry. */
export function placeOfBody(feed: number, seq: number): string {
  return `["entry","${feed}/${seq}","body",1]`;
}
