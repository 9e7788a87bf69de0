import { DOMAIN } from "../domains.ts";
import { sameBytes } from "../encoding/bytes.ts";
import type { Crypto } from "../ports.ts";
import { chunkCount } from "./layout.ts";

/** Bytes of a node. */
export const NODE = 32;

/** A node of the tree by its level (0: leaves) and its place there; a position counts all nodes, level after level. */
export interface Nodes {
  /** 32 bytes; the caller changes nothing in them. */
  readNode(position: number): Uint8Array;
  writeNode(position: number, node: Uint8Array): void;
}

/** Of one sealed chunk. */
export const leafOf = (crypto: Crypto, sealed: Uint8Array): Uint8Array => crypto.hash(DOMAIN.fileLeaf, sealed);

const parentOf = (crypto: Crypto, left: Uint8Array, right: Uint8Array): Uint8Array => crypto.hash(DOMAIN.fileNode, left, right);

/** What an entry names a file by: the size and the top of the tree; `top` is undefined for an empty file. */
export function rootOf(crypto: Crypto, size: number, top: Uint8Array | undefined): Uint8Array {
  return crypto.hash(DOMAIN.fileRoot, sizeBytes(size), top ?? new Uint8Array(0));
}

/**
 * Positions of the nodes that prove a leaf, from the bottom up. The last node of a level with an odd number of them has no
 * neighbour and goes up as it is, as in RFC 9162 §2.1.
 */
function proofPositions(leaves: number, index: number): number[] {
  const positions: number[] = [];
  let [offset, width, at] = [0, leaves, index];
  while (width > 1) {
    const neighbour = at % 2 === 0 ? at + 1 : at - 1;
    if (neighbour < width) positions.push(offset + neighbour);
    offset += width;
    width = Math.ceil(width / 2);
    at = Math.floor(at / 2);
  }
  return positions;
}

/** True where this sealed chunk is the one at `index` of the file with this root and size. `proof` has 32 bytes a node. */
export function provesChunk(
  crypto: Crypto,
  { root, size }: { root: Uint8Array; size: number },
  index: number,
  sealed: Uint8Array,
  proof: Uint8Array,
): boolean {
  const leaves = chunkCount(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= leaves) return false;
  let node = leafOf(crypto, sealed);
  let [width, at, used] = [leaves, index, 0];
  while (width > 1) {
    const right = at % 2 === 0;
    if (!right || at + 1 < width) {
      const neighbour = proof.subarray(used, used + NODE);
      if (neighbour.length < NODE) return false;
      used += NODE;
      node = right ? parentOf(crypto, node, neighbour) : parentOf(crypto, neighbour, node);
    }
    width = Math.ceil(width / 2);
    at = Math.floor(at / 2);
  }
  return used === proof.length && sameBytes(rootOf(crypto, size, node), root);
}

/** The proof of a leaf whose neighbours are known. */
export function proofOf(nodes: Nodes, leaves: number, index: number): Uint8Array {
  const positions = proofPositions(leaves, index);
  const proof = new Uint8Array(positions.length * NODE);
  for (const [n, position] of positions.entries()) proof.set(nodes.readNode(position), n * NODE);
  return proof;
}

/** Remembers a proof that was checked, so that this device can prove the chunk to others. */
export function keepProof(nodes: Nodes, leaves: number, index: number, proof: Uint8Array): void {
  for (const [n, position] of proofPositions(leaves, index).entries()) nodes.writeNode(position, proof.subarray(n * NODE, (n + 1) * NODE));
}

/** Parents made before others get their turn. */
const AT_ONCE = 2048;

/** Fills in all levels above the leaves, which are there; resolves with the root. `pause` lets others have their turn. */
export async function buildTree(crypto: Crypto, nodes: Nodes, size: number, pause: () => Promise<void>): Promise<Uint8Array> {
  let [offset, width] = [0, chunkCount(size)];
  for (let made = 0; width > 1; ) {
    const next = offset + width;
    for (let at = 0; at < width; at += 2) {
      const left = nodes.readNode(offset + at);
      const parent = at + 1 < width ? parentOf(crypto, left, nodes.readNode(offset + at + 1)) : left;
      nodes.writeNode(next + at / 2, parent);
      if (++made % AT_ONCE === 0) await pause();
    }
    offset = next;
    width = Math.ceil(width / 2);
  }
  return rootOf(crypto, size, width === 0 ? undefined : nodes.readNode(offset));
}

function sizeBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size));
  return bytes;
}
