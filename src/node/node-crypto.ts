import { createCipheriv, createDecipheriv } from "node:crypto";
import sodium from "libsodium-wrappers-sumo";
import { createSodiumCrypto } from "../sync/crypto/sodium.ts";
import type { Crypto } from "../sync/ports.ts";

/** Below this, setting a cipher of OpenSSL up costs more than it saves (measured: even at about 4 KiB, 4 times faster at 256 KiB). */
const WORTH_IT = 8 * 1024;
const TAG = 16;
const HALF = 16;

/** libsodium, but long texts are sealed and opened by the machine's own instructions (OpenSSL). The same bytes come out. */
export async function createNodeCrypto(): Promise<Crypto> {
  const crypto = await createSodiumCrypto();
  return {
    ...crypto,
    seal: (key, nonce, plain, aad) =>
      plain.length < WORTH_IT
        ? crypto.seal(key, nonce, plain, aad)
        : withSubkey(key, nonce, (subkey, iv) => sealWith(subkey, iv, plain, aad)),
    open: (key, nonce, sealed, aad) =>
      sealed.length < WORTH_IT
        ? crypto.open(key, nonce, sealed, aad)
        : withSubkey(key, nonce, (subkey, iv) => openWith(subkey, iv, sealed, aad)),
  };
}

/** XChaCha20-Poly1305 is ChaCha20-Poly1305 under a key derived from the first 16 bytes of the nonce (draft-irtf-cfrg-xchacha §2.3). */
function withSubkey<T>(key: Uint8Array, nonce: Uint8Array, use: (subkey: Uint8Array, iv: Uint8Array) => T): T {
  if (key.length !== sodium.crypto_aead_xchacha20poly1305_ietf_KEYBYTES) throw new TypeError("an AEAD key has 32 bytes");
  if (nonce.length !== sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES) throw new TypeError("an AEAD nonce has 24 bytes");
  const subkey = sodium.crypto_core_hchacha20(nonce.subarray(0, HALF), key, null);
  const iv = new Uint8Array(12);
  iv.set(nonce.subarray(HALF), 4);
  try {
    return use(subkey, iv);
  } finally {
    sodium.memzero(subkey);
  }
}

function sealWith(subkey: Uint8Array, iv: Uint8Array, plain: Uint8Array, aad: Uint8Array): Uint8Array {
  const cipher = createCipheriv("chacha20-poly1305", subkey, iv, { authTagLength: TAG });
  cipher.setAAD(aad, { plaintextLength: plain.length });
  const sealed = new Uint8Array(plain.length + TAG);
  sealed.set(cipher.update(plain));
  cipher.final();
  sealed.set(cipher.getAuthTag(), plain.length);
  return sealed;
}

function openWith(subkey: Uint8Array, iv: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
  const end = sealed.length - TAG;
  const decipher = createDecipheriv("chacha20-poly1305", subkey, iv, { authTagLength: TAG });
  decipher.setAAD(aad, { plaintextLength: end });
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
  } catch {
    // The lengths are right, so the library can only mean that the tag does not fit.
    return undefined;
  }
  return new Uint8Array(plain.buffer, plain.byteOffset, plain.length);
}
