import { DOMAIN } from "../domains.ts";
import { compareBytes, concat, sameBytes } from "../encoding/bytes.ts";
import { encodeCbor } from "../encoding/cbor.ts";
import type { Crypto } from "../ports.ts";

/** C1: where the feeds of a revoked device end in one conversation. */
export interface Cut {
  /** Id of the conversation, 32 bytes. */
  conversation: Uint8Array;
  /** Key of the revoked device, 32 bytes. */
  device: Uint8Array;
  /** The last entry that counts of each incarnation; an incarnation that is not listed counts for nothing. */
  feeds: readonly { inc: Uint8Array; seq: number; hash: Uint8Array }[];
}

/** A cut's own salt and its way up to the root: what shows that the root covers it, and tells nothing of the others. */
export interface CutProof {
  /** 32 bytes. */
  salt: Uint8Array;
  /** Neighbours from the leaf upwards, 32 bytes each. */
  path: readonly Uint8Array[];
}

/** Conversations of one account stay far below 2^this. */
const MAX_PATH = 32;

/**
 * C1: all that the account DAG says about cuts: the salted Merkle root of all of them, 32 bytes, whatever their order. `secret`
 * is 32 random bytes which the revoker keeps; without the salts that follow from it the root says nothing about conversations.
 */
export function cutsRoot(crypto: Crypto, secret: Uint8Array, cuts: readonly Cut[]): Uint8Array {
  return levelsOf(crypto, secret, cuts).at(-1)?.[0] as Uint8Array;
}

/** For a cut that is among those of the root. */
export function proveCut(crypto: Crypto, secret: Uint8Array, cuts: readonly Cut[], cut: Cut): CutProof {
  const salt = saltOf(crypto, secret, cut);
  const levels = levelsOf(crypto, secret, cuts);
  const path: Uint8Array[] = [];
  let at = (levels[0] as Uint8Array[]).findIndex((leaf) => sameBytes(leaf, leafOf(crypto, salt, cut)));
  if (at < 0) throw new RangeError("no such cut");
  for (const level of levels.slice(0, -1)) {
    const neighbour = level[at ^ 1];
    if (neighbour) path.push(neighbour);
    at >>= 1;
  }
  return { salt, path };
}

/** True where the root of the revocation covers this cut. */
export function verifyCut(crypto: Crypto, root: Uint8Array, cut: Cut, { salt, path }: CutProof): boolean {
  if (path.length > MAX_PATH || salt.length !== 32) return false;
  const top = path.reduce((node, neighbour) => nodeOf(crypto, node, neighbour), leafOf(crypto, salt, cut));
  return sameBytes(top, root);
}

/** Leaves first, ascending; a node without a neighbour goes up as it is. */
function levelsOf(crypto: Crypto, secret: Uint8Array, cuts: readonly Cut[]): Uint8Array[][] {
  const leaves = cuts.map((cut) => leafOf(crypto, saltOf(crypto, secret, cut), cut)).sort(compareBytes);
  const levels = [leaves.length > 0 ? leaves : [crypto.hash(DOMAIN.cutLeaf, secret)]];
  for (let level = levels[0] as Uint8Array[]; level.length > 1; level = levels.at(-1) as Uint8Array[]) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i] as Uint8Array, level[i + 1]];
      above.push(right ? nodeOf(crypto, left, right) : left);
    }
    levels.push(above);
  }
  return levels;
}

function saltOf(crypto: Crypto, secret: Uint8Array, { conversation, device }: Cut): Uint8Array {
  return crypto.mac(secret, DOMAIN.cutSalt, conversation, device);
}

function leafOf(crypto: Crypto, salt: Uint8Array, { conversation, device, feeds }: Cut): Uint8Array {
  const sorted = [...feeds].sort((a, b) => compareBytes(a.inc, b.inc)).map(({ inc, seq, hash }) => [inc, seq, hash]);
  return crypto.hash(DOMAIN.cutLeaf, salt, encodeCbor([conversation, device, sorted]));
}

/** The order of the two does not matter, so that a path needs no directions. */
function nodeOf(crypto: Crypto, a: Uint8Array, b: Uint8Array): Uint8Array {
  return crypto.hash(DOMAIN.cutNode, compareBytes(a, b) <= 0 ? concat(a, b) : concat(b, a));
}
