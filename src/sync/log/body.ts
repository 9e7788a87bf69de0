import { DOMAIN } from "../domains.ts";
import { concat } from "../encoding/bytes.ts";
import { type Cbor, decodeCbor, encodeCbor } from "../encoding/cbor.ts";
import type { Crypto, Random } from "../ports.ts";

/** B1: random bytes before the content, so that the hash in the header gives nothing away once the body is erased. */
const SALT = 16;

export function encodeBody(random: Random, content: Cbor): Uint8Array {
  return concat(random.bytes(SALT), encodeCbor(content));
}

/** Throws `MalformedError`. */
export function decodeBody(body: Uint8Array): Cbor {
  return decodeCbor(body.subarray(SALT));
}

export function hashBody(crypto: Crypto, body: Uint8Array): Uint8Array {
  return crypto.hash(DOMAIN.entryBody, body);
}
