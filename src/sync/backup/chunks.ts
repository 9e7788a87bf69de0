import { DOMAIN } from "../domains.ts";
import type { Crypto } from "../ports.ts";
import { damaged } from "./header.ts";

/** Bytes of content in each chunk but the last, and what sealing adds. */
export const CHUNK = 64 * 1024;
export const CHUNK_OVERHEAD = 16;
/** At the very end: tells accidental damage without any key. */
export const DIGEST = 32;

const NO_AAD = new Uint8Array();

/**
 * The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): each chunk is sealed under a key of this file alone with
 * its number and whether it is the last, so that none can be left out, doubled, moved or cut off unnoticed.
 */
class Chain {
  readonly crypto: Crypto;
  readonly key: Uint8Array;
  digest: Uint8Array;
  #count = 0;

  /** `head`: everything before the first chunk; the key is bound to it. */
  constructor(crypto: Crypto, fileKey: Uint8Array, head: Uint8Array) {
    this.crypto = crypto;
    this.key = crypto.mac(fileKey, DOMAIN.backupPayload, head);
    this.digest = firstDigest(crypto, head);
  }

  nonce(last: boolean): Uint8Array {
    const nonce = new Uint8Array(24);
    const view = new DataView(nonce.buffer);
    view.setBigUint64(15, BigInt(this.#count));
    view.setUint8(23, last ? 1 : 0);
    this.#count += 1;
    return nonce;
  }
}

export class ChunkSealer {
  readonly #chain: Chain;

  constructor(crypto: Crypto, fileKey: Uint8Array, head: Uint8Array) {
    this.#chain = new Chain(crypto, fileKey, head);
  }

  /** `plain` has `CHUNK` bytes, or fewer where it is the last. */
  seal(plain: Uint8Array, last: boolean): Uint8Array {
    const { crypto, key } = this.#chain;
    const sealed = crypto.seal(key, this.#chain.nonce(last), plain, NO_AAD);
    this.#chain.digest = nextDigest(crypto, this.#chain.digest, sealed);
    return sealed;
  }

  /** What follows the last chunk. */
  end(): Uint8Array {
    this.#chain.crypto.wipe(this.#chain.key);
    return this.#chain.digest;
  }
}

export class ChunkOpener {
  readonly #chain: Chain;

  constructor(crypto: Crypto, fileKey: Uint8Array, head: Uint8Array) {
    this.#chain = new Chain(crypto, fileKey, head);
  }

  /** Throws `damaged-backup`. */
  open(sealed: Uint8Array, last: boolean): Uint8Array {
    const { crypto, key } = this.#chain;
    const plain = crypto.open(key, this.#chain.nonce(last), sealed, NO_AAD);
    if (!plain) throw damaged("it was changed or cut off");
    return plain;
  }
}

/** The digest at the end is `nextDigest` over all chunks, from `firstDigest` on. */
export const firstDigest = (crypto: Crypto, head: Uint8Array): Uint8Array => crypto.hash(DOMAIN.backupDigest, head);
export const nextDigest = (crypto: Crypto, digest: Uint8Array, sealed: Uint8Array): Uint8Array =>
  crypto.hash(DOMAIN.backupDigest, digest, sealed);
