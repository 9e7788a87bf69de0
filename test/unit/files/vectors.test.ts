import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import { fromHex, toHex } from "../../../src/sync/encoding/bytes.ts";
import { decodeFileFrame, encodeFileFrame, type FileFrame } from "../../../src/sync/files/frames.ts";
import { openChunk, sealChunk } from "../../../src/sync/files/seal.ts";
import { buildTree, leafOf, proofOf, rootOf } from "../../../src/sync/files/tree.ts";
import { MemoryNodes } from "./memory-blobs.ts";

interface Vectors {
  chunk: { key: string; index: number; plain: string; sealed: string; leaf: string };
  roots: { size: number; leaves: string[]; root: string; proofs: string[] }[];
  empty: { root: string };
  frames: { frame: Record<string, unknown>; encoded: string }[];
}

const vectors = JSON.parse(readFileSync(new URL("../../vectors/files.json", import.meta.url), "utf8")) as Vectors;
const crypto = await createSodiumCrypto();
const BYTES = new Set(["root", "bits", "proof", "sealed"]);

const frameOf = (plain: Record<string, unknown>): FileFrame =>
  Object.fromEntries(
    Object.entries(plain).map(([key, value]) => [key, BYTES.has(key) && typeof value === "string" ? fromHex(value) : value]),
  ) as FileFrame;

test("files: a chunk is sealed and hashed as in the vector", () => {
  const { key, index, plain, sealed, leaf } = vectors.chunk;
  const made = sealChunk(crypto, fromHex(key), index, fromHex(plain));
  expect(toHex(made)).toBe(sealed);
  expect(toHex(leafOf(crypto, made))).toBe(leaf);
  expect(openChunk(crypto, fromHex(key), index, made)).toEqual(fromHex(plain));
  expect(openChunk(crypto, fromHex(key), index + 1, made)).toBeUndefined();
});

test("files: roots and proofs are as in the vectors", async () => {
  expect(toHex(rootOf(crypto, 0, undefined))).toBe(vectors.empty.root);
  for (const { size, leaves, root, proofs } of vectors.roots) {
    const nodes = new MemoryNodes();
    for (const [n, leaf] of leaves.entries()) nodes.writeNode(n, fromHex(leaf));
    expect(toHex(await buildTree(crypto, nodes, size, async () => undefined))).toBe(root);
    expect(leaves.map((_, n) => toHex(proofOf(nodes, leaves.length, n)))).toEqual(proofs);
  }
});

test("files: frames are as in the vectors", () => {
  for (const { frame, encoded } of vectors.frames) {
    expect(toHex(encodeFileFrame(frameOf(frame)))).toBe(encoded);
    expect(decodeFileFrame(fromHex(encoded))).toEqual(frameOf(frame));
  }
});
