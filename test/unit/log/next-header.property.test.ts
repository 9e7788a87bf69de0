import fc from "fast-check";
import { expect, test } from "vitest";
import { createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import { MalformedError } from "../../../src/sync/errors.ts";
import { decodeHeader, encodeHeader, type Header, hashHeader, type Parent } from "../../../src/sync/log/header.ts";
import { decodeNextHeader } from "../../../src/sync/log/next-header.ts";

const crypto = await createSodiumCrypto();
const b = (length: number, of: number) => new Uint8Array(length).fill(of);

const FIRST: Header = {
  ...{
    conversation: b(32, 1),
    feed: b(32, 2),
    incarnation: b(8, 3),
    seq: 8,
    prev: b(32, 4),
    parents: [],
    hlc: { ms: 1_800_000_000_000, n: 3 },
  },
  ...{ accountHead: b(32, 5), permissionHead: null, kind: 2, bodyHash: b(32, 6), bodySize: 99 },
};
const encoded = encodeHeader(FIRST);
const before = { header: FIRST, encoded, hash: hashHeader(crypto, encoded) };

const parent: Parent = { feed: b(32, 7), incarnation: b(8, 7), seq: 3, hash: b(32, 7) };
const someInteger = (most: number) =>
  fc.oneof(
    fc.constantFrom(0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32).filter((n) => n <= most),
    fc.nat(most),
  );
const bytes = (length: number, usual: Uint8Array) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.uint8Array({ minLength: length, maxLength: length }) });

const headers: fc.Arbitrary<Header> = fc.record({
  conversation: bytes(32, FIRST.conversation),
  feed: bytes(32, FIRST.feed),
  incarnation: bytes(8, FIRST.incarnation),
  seq: fc.oneof(
    fc.constant(9),
    someInteger(2 ** 40).map((n) => n + 2),
  ),
  prev: bytes(32, before.hash),
  parents: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.constant([parent]) }),
  hlc: fc.record({ ms: someInteger(2 ** 47), n: someInteger(0xffff) }),
  accountHead: bytes(32, FIRST.accountHead),
  permissionHead: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constant(b(32, 9)) }),
  kind: someInteger(0xffff),
  bodyHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  bodySize: fc.oneof(fc.constantFrom(16, 255, 256, 65_536, 256 * 1024), fc.integer({ min: 16, max: 256 * 1024 })),
});

/** What the general decoder says of it; undefined for what it refuses. */
function whole(input: Uint8Array): Header | undefined {
  try {
    return decodeHeader(input);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

test("B1: the quick way through a header gives what the general one gives, or nothing", () => {
  let quick = 0;
  fc.assert(
    fc.property(headers, (header) => {
      const input = encodeHeader(header);
      const found = decodeNextHeader(input, before);
      if (found) quick += 1;
      if (found) expect(found).toEqual(decodeHeader(input));
    }),
    { numRuns: 1000 },
  );
  expect(quick).toBeGreaterThan(50);
});

test("B1: what was changed anywhere is never read in another way than by the general decoder", () => {
  const good = encodeHeader({ ...FIRST, seq: 9, prev: before.hash, hlc: { ms: 1_800_000_000_001, n: 0 } });
  expect(decodeNextHeader(good, before)).toEqual(decodeHeader(good));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(good.length + 3), fc.nat(255)), { minLength: 1, maxLength: 3 }), fc.nat(6), (changes, cut) => {
      const input = new Uint8Array(good.length + 3 - cut);
      input.set(good.subarray(0, input.length));
      for (const [at, to] of changes) if (at < input.length) input[at] = to;
      const found = decodeNextHeader(input, before);
      if (found) expect(found).toEqual(whole(input));
    }),
    { numRuns: 5000 },
  );
});
