import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import { CHUNK } from "../../../src/sync/files/layout.ts";
import { buildTree, keepProof, leafOf, proofOf, provesChunk } from "../../../src/sync/files/tree.ts";
import type { Crypto } from "../../../src/sync/ports.ts";
import { MemoryNodes } from "./memory-blobs.ts";

let crypto: Crypto;
beforeAll(async () => {
  crypto = await createSodiumCrypto();
});

const chunk = (n: number): Uint8Array => new Uint8Array([n & 255, n >> 8, 7]);

async function tree(leaves: number) {
  const nodes = new MemoryNodes();
  for (let n = 0; n < leaves; n++) nodes.writeNode(n, leafOf(crypto, chunk(n)));
  const size = leaves * CHUNK;
  return { nodes, size, root: await buildTree(crypto, nodes, size, async () => undefined) };
}

test("files: each chunk of a file of any length is proved by its own proof, and by no other", async () => {
  for (const leaves of [1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 100]) {
    const { nodes, ...file } = await tree(leaves);
    for (let n = 0; n < leaves; n++) {
      const proof = proofOf(nodes, leaves, n);
      expect(provesChunk(crypto, file, n, chunk(n), proof)).toBe(true);
      expect(provesChunk(crypto, file, n, chunk(n + 1), proof)).toBe(false);
      expect(provesChunk(crypto, file, (n + 1) % leaves, chunk(n), proof)).toBe(leaves === 1);
      expect(provesChunk(crypto, { ...file, size: file.size - 1 }, n, chunk(n), proof)).toBe(false);
      expect(provesChunk(crypto, { ...file, size: file.size + CHUNK }, n, chunk(n), proof)).toBe(false);
    }
  }
});

test("files: a proof that is too short, too long or changed in one bit proves nothing", async () => {
  const { nodes, ...file } = await tree(13);
  const proof = proofOf(nodes, 13, 5);
  for (const wrong of [proof.slice(32), proof.slice(0, -1), new Uint8Array([...proof, ...new Uint8Array(32)]), new Uint8Array(0)])
    expect(provesChunk(crypto, file, 5, chunk(5), wrong)).toBe(false);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: proof.length * 8 - 1 }), (bit) => {
      const changed = proof.slice();
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      return !provesChunk(crypto, file, 5, chunk(5), changed);
    }),
  );
});

test("files: an index that is none is refused, however it is wrong", async () => {
  const { nodes, ...file } = await tree(4);
  const proof = proofOf(nodes, 4, 0);
  for (const index of [-1, 4, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
    expect(provesChunk(crypto, file, index, chunk(0), proof)).toBe(false);
});

test("files: a node is no leaf: an inner node passed off as a chunk proves nothing", async () => {
  const { nodes, root } = await tree(2);
  const inner = new Uint8Array([...nodes.readNode(0), ...nodes.readNode(1)]);
  expect(provesChunk(crypto, { root, size: CHUNK }, 0, inner, new Uint8Array(0))).toBe(false);
});

test("files: who got chunks with their proofs can prove them to others", async () => {
  const { nodes, ...file } = await tree(21);
  const kept = new MemoryNodes();
  for (const n of [3, 20, 11]) keepProof(kept, 21, n, proofOf(nodes, 21, n));
  for (const n of [3, 20, 11]) expect(provesChunk(crypto, file, n, chunk(n), proofOf(kept, 21, n))).toBe(true);
});

test("files: the root of an empty file and of a random one differ, and a root says nothing of the size it was not made for", async () => {
  const empty = await buildTree(crypto, new MemoryNodes(), 0, async () => undefined);
  expect(empty).toHaveLength(32);
  expect(provesChunk(crypto, { root: empty, size: 0 }, 0, randomBytes(10), new Uint8Array(0))).toBe(false);
});
