/**
 * Hashing, sealing and opening of small inputs, right in the memory of libsodium's WebAssembly. The wrappers take and give back
 * a piece of that memory for each argument of each call, which for an entry of some hundred bytes costs more than the work.
 */

/** As WebAssembly has it: addresses and lengths in its own memory, 64-bit lengths in two halves. */
export interface Libsodium {
  /** Another object after the memory has grown. */
  readonly HEAPU8: Uint8Array;
  _malloc(size: number): number;
  /** (out, outLength, input, length, 0, key, keyLength) */
  _crypto_generichash(...args: number[]): number;
  /** (out, null, plain, length, 0, aad, aadLength, 0, null, nonce, key) */
  _crypto_aead_xchacha20poly1305_ietf_encrypt(...args: number[]): number;
  /** (out, null, null, sealed, length, 0, aad, aadLength, 0, nonce, key) */
  _crypto_aead_xchacha20poly1305_ietf_decrypt(...args: number[]): number;
}

const KEY = 32;
const NONCE = 24;
const TAG = 16;
const HASH = 32;
const NONE = 0;

/** Larger inputs go the wrappers' way: there the work is what costs. */
export const MAX_SMALL = 16 * 1024;
export const MAX_AAD = 1024;

export class SodiumHeap {
  readonly #lib: Libsodium;
  readonly #key: number;
  readonly #nonce: number;
  readonly #aad: number;
  readonly #input: number;
  readonly #output: number;

  constructor(lib: Libsodium) {
    this.#lib = lib;
    this.#key = lib._malloc(KEY + NONCE + MAX_AAD + 2 * (MAX_SMALL + TAG));
    if (this.#key === 0) throw new Error("libsodium has no memory left");
    this.#nonce = this.#key + KEY;
    this.#aad = this.#nonce + NONCE;
    this.#input = this.#aad + MAX_AAD;
    this.#output = this.#input + MAX_SMALL + TAG;
  }

  /** BLAKE2b-256 of at most `MAX_SMALL` bytes. */
  hash(input: Uint8Array): Uint8Array {
    this.#lib.HEAPU8.set(input, this.#input);
    if (this.#lib._crypto_generichash(this.#output, HASH, this.#input, input.length, 0, NONE, 0) !== 0) throw failed();
    return this.#take(HASH);
  }

  /** XChaCha20-Poly1305 (IETF): `key` 32 bytes, `nonce` 24, `plain` at most `MAX_SMALL`, `aad` at most `MAX_AAD`. */
  seal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, aad: Uint8Array): Uint8Array {
    this.#put(key, nonce, plain, aad);
    const { _crypto_aead_xchacha20poly1305_ietf_encrypt: encrypt } = this.#lib;
    const at = [this.#output, NONE, this.#input, plain.length, 0, this.#aad, aad.length, 0, NONE, this.#nonce, this.#key] as const;
    const result = encrypt(...at);
    this.#wipe(plain.length);
    if (result !== 0) throw failed();
    return this.#take(plain.length + TAG);
  }

  /** Undefined when the tag does not fit. `sealed`: 16 bytes at least. */
  open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
    this.#put(key, nonce, sealed, aad);
    const { _crypto_aead_xchacha20poly1305_ietf_decrypt: decrypt } = this.#lib;
    const at = [this.#output, NONE, NONE, this.#input, sealed.length, 0, this.#aad, aad.length, 0, this.#nonce, this.#key] as const;
    const result = decrypt(...at);
    const plain = result === 0 ? this.#take(sealed.length - TAG) : undefined;
    this.#wipe(sealed.length);
    this.#lib.HEAPU8.fill(0, this.#output, this.#output + sealed.length);
    return plain;
  }

  #put(key: Uint8Array, nonce: Uint8Array, input: Uint8Array, aad: Uint8Array): void {
    const heap = this.#lib.HEAPU8;
    heap.set(key, this.#key);
    heap.set(nonce, this.#nonce);
    heap.set(aad, this.#aad);
    heap.set(input, this.#input);
  }

  #take(length: number): Uint8Array {
    return this.#lib.HEAPU8.slice(this.#output, this.#output + length);
  }

  /** K4: neither the key nor what was sealed stays in this memory. */
  #wipe(length: number): void {
    this.#lib.HEAPU8.fill(0, this.#key, this.#key + KEY);
    this.#lib.HEAPU8.fill(0, this.#input, this.#input + length);
  }
}

function failed(): Error {
  return new Error("libsodium failed");
}
