import { DOMAIN } from "../domains.ts";
import { toHex } from "../encoding/bytes.ts";
import type { Crypto } from "../ports.ts";

/**
 * A device key as people compare it: the first 128 bits of its hash as eight groups of four hexadecimal digits, e.g.
 * `3f2a 91bc 07d4 e6aa 5b10 c3f9 8e72 44d1`. Short enough to read out, and 2^128 tries away from a look-alike.
 */
export function fingerprint(crypto: Crypto, deviceKey: Uint8Array): string {
  const digits = toHex(crypto.hash(DOMAIN.deviceFingerprint, deviceKey)).slice(0, 32);
  return (digits.match(/.{4}/g) ?? []).join(" ");
}
