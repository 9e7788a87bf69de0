import { DOMAIN } from "../domains.ts";
import { compareBytes } from "../encoding/bytes.ts";
import { encodeCbor } from "../encoding/cbor.ts";
import type { Crypto } from "../ports.ts";

/** A place in the vector of a conversation: everything of that feed up to and with `seq`. */
export interface Position {
  device: Uint8Array;
  incarnation: Uint8Array;
  seq: number;
}

/** B6: 16 bytes that are equal where two devices hold the same of a conversation. */
export function digestOf(crypto: Crypto, positions: readonly Position[]): Uint8Array {
  const sorted = [...positions].sort((a, b) => compareBytes(a.device, b.device) || compareBytes(a.incarnation, b.incarnation));
  return crypto
    .hash(DOMAIN.vectorDigest, encodeCbor(sorted.map(({ device, incarnation, seq }) => [device, incarnation, seq])))
    .subarray(0, 16);
}
