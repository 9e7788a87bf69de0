import { DOMAIN } from "../domains.ts";
import { utf8 } from "../encoding/bytes.ts";
import type { Crypto } from "../ports.ts";

const NONCE = 24;
const AAD = utf8(DOMAIN.fileChunk);

/** `key` belongs to one file alone, so that the chunk's number is nonce enough. */
export function sealChunk(crypto: Crypto, key: Uint8Array, index: number, plain: Uint8Array): Uint8Array {
  return crypto.seal(key, nonceOf(index), plain, AAD);
}

/** Undefined where it is not what was sealed there. */
export function openChunk(crypto: Crypto, key: Uint8Array, index: number, sealed: Uint8Array): Uint8Array | undefined {
  return crypto.open(key, nonceOf(index), sealed, AAD);
}

function nonceOf(index: number): Uint8Array {
  const nonce = new Uint8Array(NONCE);
  new DataView(nonce.buffer).setBigUint64(NONCE - 8, BigInt(index));
  return nonce;
}
