import sodium from "libsodium-wrappers-sumo";
import { utf8 } from "../encoding/bytes.ts";
import type { Domain } from "../domains.ts";
import type { Crypto, Random } from "../ports.ts";
import { type Libsodium, MAX_AAD, MAX_SMALL, SodiumHeap } from "./sodium-heap.ts";

const HASH_BYTES = 32;

/** `Crypto` by libsodium (WebAssembly), the same in Node and in a browser. Resolves once the library is loaded. */
export async function createSodiumCrypto(): Promise<Crypto> {
  await sodium.ready;
  const framed = createFramer();
  const heap = new SodiumHeap((sodium as unknown as { libsodium: Libsodium }).libsodium);
  return {
    hash: (domain, ...parts) => {
      const input = framed(domain, parts);
      return input.length <= MAX_SMALL ? heap.hash(input) : sodium.crypto_generichash(HASH_BYTES, input, null);
    },
    mac: (key, domain, ...parts) => {
      requireLength(key, HASH_BYTES, "a MAC key");
      return sodium.crypto_generichash(HASH_BYTES, framed(domain, parts), key);
    },
    verify: (domain, message, signature, publicKey) =>
      signature.length === sodium.crypto_sign_BYTES &&
      publicKey.length === sodium.crypto_sign_PUBLICKEYBYTES &&
      sodium.crypto_sign_verify_detached(signature, framed(domain, [message]), publicKey),
    sign: (domain, message, secretKey) => sodium.crypto_sign_detached(framed(domain, [message]), secretKey),
    signKeypair: (seed) => {
      const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
      return { publicKey, secretKey: privateKey };
    },
    seal: (key, nonce, plain, aad) => {
      requireAead(key, nonce);
      if (plain.length <= MAX_SMALL && aad.length <= MAX_AAD) return heap.seal(key, nonce, plain, aad);
      return sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, aad, null, nonce, key);
    },
    open: (key, nonce, sealed, aad) => {
      requireAead(key, nonce);
      if (sealed.length < sodium.crypto_aead_xchacha20poly1305_ietf_ABYTES) return undefined;
      return sealed.length <= MAX_SMALL && aad.length <= MAX_AAD ? heap.open(key, nonce, sealed, aad) : open(key, nonce, sealed, aad);
    },
    boxKeypair: (seed) => {
      const { publicKey, privateKey } = sodium.crypto_box_seed_keypair(seed);
      return { publicKey, secretKey: privateKey };
    },
    boxSeal: (publicKey, plain) => sodium.crypto_box_seal(plain, publicKey),
    boxOpen,
    passwordHash: (password, salt, ops, memory) =>
      sodium.crypto_pwhash(HASH_BYTES, password, salt, ops, memory, sodium.crypto_pwhash_ALG_ARGON2ID13),
    equal: (a, b) => a.length === b.length && sodium.memcmp(a, b),
    wipe: (secret) => sodium.memzero(secret),
  };
}

/** Random bytes that are fetched at once: libsodium asks the system for every four of them, which costs more than the rest. */
const POOL_BYTES = 4096;

/** `Random` from the system's source, by way of Web Crypto, which libsodium uses as well. Needs nothing loaded. */
/* oxlint-disable no-restricted-globals -- the one place where the system's randomness enters; nobody else may ask for it */
export function createRandom(): Random {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return {
    bytes(n) {
      if (n > POOL_BYTES) return manyBytes(n);
      if (used + n > POOL_BYTES) {
        globalThis.crypto.getRandomValues(pool);
        used = 0;
      }
      const bytes = pool.slice(used, used + n);
      // What was given out is nowhere else.
      pool.fill(0, used, used + n);
      used += n;
      return bytes;
    },
  };
}

function manyBytes(n: number): Uint8Array {
  const bytes = new Uint8Array(n);
  // Web Crypto gives 64 KiB at a time.
  for (let i = 0; i < n; i += 65_536) globalThis.crypto.getRandomValues(bytes.subarray(i, i + 65_536));
  return bytes;
}
/* oxlint-enable no-restricted-globals */

function open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
  try {
    return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed, aad, nonce, key);
  } catch {
    // Lengths are right, so the library can only mean that the tag does not fit.
    return undefined;
  }
}

function boxOpen({ publicKey, secretKey }: { publicKey: Uint8Array; secretKey: Uint8Array }, sealed: Uint8Array): Uint8Array | undefined {
  requireLength(publicKey, sodium.crypto_box_PUBLICKEYBYTES, "a box key");
  requireLength(secretKey, sodium.crypto_box_SECRETKEYBYTES, "a box key");
  if (sealed.length < sodium.crypto_box_SEALBYTES) return undefined;
  try {
    return sodium.crypto_box_seal_open(sealed, publicKey, secretKey);
  } catch {
    // Lengths are right, so the library can only mean that it is not for this key.
    return undefined;
  }
}

function requireAead(key: Uint8Array, nonce: Uint8Array): void {
  requireLength(key, sodium.crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "an AEAD key");
  requireLength(nonce, sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "an AEAD nonce");
}

function requireLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) throw new TypeError(`${what} has ${length} bytes`);
}

const SCRATCH_BYTES = 8192;
/** For chunks of files; made when it is first needed. Larger inputs get a buffer of their own. */
const LARGE_SCRATCH_BYTES = 512 * 1024;

/**
 * Joins `utf8(domain) ‖ 0x00 ‖ parts…`. The result may lie in a buffer that the next call overwrites: the library copies
 * it at once, and nearly all inputs are small, so that the hot path allocates nothing.
 */
function createFramer(): (domain: Domain, parts: readonly Uint8Array[]) => Uint8Array {
  const prefixes = new Map<Domain, Uint8Array>();
  const scratch = new Uint8Array(SCRATCH_BYTES);
  let large: Uint8Array | undefined;
  const room = (length: number): Uint8Array => {
    if (length <= SCRATCH_BYTES) return scratch;
    return length <= LARGE_SCRATCH_BYTES ? (large ??= new Uint8Array(LARGE_SCRATCH_BYTES)) : new Uint8Array(length);
  };
  return (domain, parts) => {
    const prefix = prefixes.get(domain) ?? remember(prefixes, domain);
    let length = prefix.length;
    for (const part of parts) length += part.length;
    const buffer = room(length);
    buffer.set(prefix, 0);
    let offset = prefix.length;
    for (const part of parts) {
      buffer.set(part, offset);
      offset += part.length;
    }
    return length === buffer.length ? buffer : buffer.subarray(0, length);
  };
}

function remember(prefixes: Map<Domain, Uint8Array>, domain: Domain): Uint8Array {
  const prefix = utf8(`${domain}\0`);
  prefixes.set(domain, prefix);
  return prefix;
}
