import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import { type Cut, cutsRoot, proveCut, verifyCut } from "../../../src/sync/cuts/root.ts";
import { fromHex, sameBytes, toHex } from "../../../src/sync/encoding/bytes.ts";

const crypto = await createSodiumCrypto();
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "vectors", "deletion.json"), "utf8"));

interface CutText {
  conversation: string;
  device: string;
  feeds: { inc: string; seq: number; hash: string }[];
}

const cutOf = ({ conversation, device, feeds }: CutText): Cut => ({
  conversation: fromHex(conversation),
  device: fromHex(device),
  feeds: feeds.map(({ inc, seq, hash }) => ({ inc: fromHex(inc), seq, hash: fromHex(hash) })),
});

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const anyCut: fc.Arbitrary<Cut> = fc.record({
  conversation: bytes(32),
  device: bytes(32),
  feeds: fc.uniqueArray(fc.record({ inc: bytes(8), seq: fc.integer({ min: 1 }), hash: bytes(32) }), {
    maxLength: 4,
    selector: ({ inc }) => toHex(inc),
  }),
});
const anyCuts = fc.uniqueArray(anyCut, { minLength: 1, maxLength: 12, selector: ({ conversation }) => toHex(conversation) });

test("C1: roots and proofs are those of the vectors", () => {
  for (const { secret, cuts, root, proofs } of vectors.cuts) {
    const all = cuts.map(cutOf);
    expect(toHex(cutsRoot(crypto, fromHex(secret), all))).toBe(root);
    for (const [n, cut] of all.entries()) {
      const proof = proveCut(crypto, fromHex(secret), all, cut);
      expect({ salt: toHex(proof.salt), path: proof.path.map(toHex) }).toEqual(proofs[n]);
      expect(verifyCut(crypto, fromHex(root), cut, proof)).toBe(true);
    }
  }
});

test("C1: the root does not depend on the order of cuts and feeds, and covers each cut and no other", () => {
  fc.assert(
    fc.property(bytes(32), anyCuts, anyCut, (secret, cuts, other) => {
      const root = cutsRoot(crypto, secret, cuts);
      const reversed = cuts.map((cut) => ({ ...cut, feeds: [...cut.feeds].reverse() })).reverse();
      expect(sameBytes(cutsRoot(crypto, secret, reversed), root)).toBe(true);
      for (const cut of cuts) {
        const proof = proveCut(crypto, secret, cuts, cut);
        expect(verifyCut(crypto, root, cut, proof)).toBe(true);
        expect(verifyCut(crypto, root, other, proof)).toBe(false);
        expect(verifyCut(crypto, root, { ...cut, feeds: [...cut.feeds, { inc: new Uint8Array(8), seq: 1, hash: secret }] }, proof)).toBe(
          false,
        );
      }
    }),
    { numRuns: 40 },
  );
});

test("C1: without the secret the root does not tell which cut it covers", () => {
  const cut = cutOf(vectors.cuts[1].cuts[0]);
  const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  expect(sameBytes(cutsRoot(crypto, a, [cut]), cutsRoot(crypto, b, [cut]))).toBe(false);
});
