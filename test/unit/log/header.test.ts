import fc from "fast-check";
import { expect, test } from "vitest";
import { createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import { encodeCbor } from "../../../src/sync/encoding/cbor.ts";
import { MalformedError } from "../../../src/sync/errors.ts";
import { decodeHeader, encodeHeader, type Header, hashHeader, MAX_PARENTS } from "../../../src/sync/log/header.ts";

const crypto = await createSodiumCrypto();
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const parent = fc.record({ feed: bytes(32), incarnation: bytes(8), seq: fc.integer({ min: 1, max: 2 ** 50 }), hash: bytes(32) });

const header: fc.Arbitrary<Header> = fc
  .record({
    conversation: bytes(32),
    feed: bytes(32),
    incarnation: bytes(8),
    seq: fc.integer({ min: 1, max: 2 ** 50 }),
    prev: bytes(32),
    parents: fc.array(parent, { maxLength: MAX_PARENTS }),
    hlc: fc.record({ ms: fc.integer({ min: 0, max: 2 ** 48 - 1 }), n: fc.integer({ min: 0, max: 0xffff }) }),
    accountHead: bytes(32),
    permissionHead: fc.option(bytes(32)),
    kind: fc.integer({ min: 0, max: 0xffff }),
    bodyHash: bytes(32),
    bodySize: fc.integer({ min: 16, max: 256 * 1024 }),
  })
  .map((fields) => (fields.seq === 1 ? { ...fields, prev: null } : fields));

test("B1: a header decodes to what was encoded", () => {
  fc.assert(
    fc.property(header, (value) => {
      expect(decodeHeader(encodeHeader(value))).toEqual(value);
    }),
  );
});

test("B1: whatever decodes is the one encoding of what it decodes to", () => {
  fc.assert(
    fc.property(header, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, place, change) => {
      const changed = encodeHeader(value);
      const at = place % changed.length;
      changed[at] = (changed[at] as number) ^ change;
      try {
        expect(encodeHeader(decodeHeader(changed))).toEqual(changed);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedError);
      }
    }),
  );
});

test("B1: every field is part of the id", () => {
  const [one] = fc.sample(header, { numRuns: 1, seed: 1 }) as [Header];
  const base = { ...one, seq: 5, prev: new Uint8Array(32), parents: [], permissionHead: null };
  const others: Partial<Header>[] = [
    ...[{ conversation: new Uint8Array(32) }, { feed: new Uint8Array(32) }, { incarnation: new Uint8Array(8) }, { seq: 6 }],
    ...[
      { prev: new Uint8Array(32).fill(1) },
      { hlc: { ms: base.hlc.ms ^ 1, n: base.hlc.n } },
      { hlc: { ms: base.hlc.ms, n: base.hlc.n ^ 1 } },
    ],
    ...[
      { accountHead: new Uint8Array(32) },
      { permissionHead: new Uint8Array(32) },
      { kind: base.kind ^ 1 },
      { bodyHash: new Uint8Array(32) },
    ],
    ...[
      { bodySize: 17 + (base.bodySize % 100) + 300 },
      { parents: [{ feed: base.feed, incarnation: base.incarnation, seq: 1, hash: base.bodyHash }] },
    ],
  ];
  const ids = [{}, ...others].map((other) => Buffer.from(hashHeader(crypto, encodeHeader({ ...base, ...other }))).toString("hex"));
  expect(new Set(ids).size).toBe(ids.length);
});

test("B1: more than eight parents, a missing prev and an unknown version are refused", () => {
  const [one] = fc.sample(header, { numRuns: 1, seed: 2 }) as [Header];
  const many = Array.from({ length: 9 }, () => ({ feed: one.feed, incarnation: one.incarnation, seq: 1, hash: one.bodyHash }));
  expect(() => decodeHeader(encodeHeader({ ...one, parents: many }))).toThrow(MalformedError);
  expect(() => decodeHeader(encodeHeader({ ...one, seq: 2, prev: null }))).toThrow(MalformedError);
  expect(() => decodeHeader(encodeHeader({ ...one, seq: 1, prev: one.bodyHash }))).toThrow(MalformedError);
  expect(() => decodeHeader(encodeCbor([2, 3]))).toThrow(MalformedError);
  expect(() => decodeHeader(new Uint8Array(5000))).toThrow(MalformedError);
});
