/** What binds a linking together (K5): commitments, proofs and the short code. */
import { DOMAIN } from "../domains.ts";
import { encodeCbor } from "../encoding/cbor.ts";
import type { Crypto } from "../ports.ts";

/** The transport keys that the link authenticated, 32 bytes each. */
export interface Ends {
  joiner: Uint8Array;
  sponsor: Uint8Array;
}

const JOINER = Uint8Array.of(1);
const SPONSOR = Uint8Array.of(2);

/** Over the whole frame that will be revealed; its 32-byte nonce hides it until then. */
export function commitTo(crypto: Crypto, revealFrame: Uint8Array): Uint8Array {
  return crypto.hash(DOMAIN.linkCommitment, revealFrame);
}

export function joinerProof(crypto: Crypto, secret: Uint8Array, ends: Ends, commitment: Uint8Array): Uint8Array {
  return crypto.mac(secret, DOMAIN.linkProof, JOINER, ends.joiner, ends.sponsor, commitment);
}

export function sponsorProof(
  crypto: Crypto,
  secret: Uint8Array,
  ends: Ends,
  joinerCommitment: Uint8Array,
  commitment: Uint8Array,
): Uint8Array {
  return crypto.mac(secret, DOMAIN.linkProof, SPONSOR, ends.joiner, ends.sponsor, joinerCommitment, commitment);
}

/** Six digits as `123 456`. `frames`: hello, answer, reveal, identity, as they travelled. */
export function codeOf(crypto: Crypto, ends: Ends, frames: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array]): string {
  const hash = crypto.hash(DOMAIN.linkCode, encodeCbor([ends.joiner, ends.sponsor, ...frames]));
  const number = hash.slice(0, 6).reduce((sum, byte) => sum * 256 + byte, 0) % 1_000_000;
  const digits = number.toString().padStart(6, "0");
  return `${digits.slice(0, 3)} ${digits.slice(3)}`;
}

export const sameCode = (a: string, b: string): boolean => a.replace(/\s/g, "") === b.replace(/\s/g, "");
