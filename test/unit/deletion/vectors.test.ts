import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tombstoneSchema } from "../../../src/sync/content/deletion.ts";
import type { Hlc } from "../../../src/sync/core.ts";
import { fateOf, Graveyard } from "../../../src/sync/deletion/graveyard.ts";
import { fromHex, toHex } from "../../../src/sync/encoding/bytes.ts";
import { decodeCbor } from "../../../src/sync/encoding/cbor.ts";
import { type FileDevice, fileDevice } from "./file-device.ts";

interface Said {
  said: Hlc;
  encoded: string;
}
interface Case {
  conversation: string;
  own: boolean;
  feed: string;
  incarnation: string;
  seq: number;
  kind: number;
  hlc: Hlc;
  fate: string;
}

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "vectors", "deletion.json"), "utf8")) as {
  tombstones: (Said & { body: unknown })[];
  fates: Case[];
};
let made: FileDevice;

beforeEach(async () => {
  made = await fileDevice();
});
afterEach(() => made.remove());

const read = ({ encoded }: Said) => tombstoneSchema.parse(decodeCbor(fromHex(encoded)));
const hexed = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(hexed);
  return value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([key, of]) => [key, hexed(of)])) : value;
};

function fates(graves: Graveyard): string[] {
  return vectors.fates.map(({ conversation, own, feed, incarnation, ...entry }) =>
    fateOf(graves.of(fromHex(conversation)), { ...entry, feed: fromHex(feed), incarnation: fromHex(incarnation) }, own),
  );
}

test("E1: tombstones are read as the vectors say", () => {
  for (const tombstone of vectors.tombstones) expect(hexed(read(tombstone))).toEqual(tombstone.body);
});

test("E1, E2: what becomes of an entry is that of the vectors, in whatever order and however often the tombstones come", () => {
  const order = fc.shuffledSubarray([...vectors.tombstones, ...vectors.tombstones], { minLength: 2 * vectors.tombstones.length });
  fc.assert(
    fc.property(order, (tombstones) => {
      const graves = new Graveyard(made.sql);
      made.sql.transaction(() => {
        graves.empty();
        for (const tombstone of tombstones) graves.add(read(tombstone), tombstone.said);
      });
      expect(fates(graves)).toEqual(vectors.fates.map(({ fate }) => fate));
      graves.forget();
      expect(fates(graves)).toEqual(vectors.fates.map(({ fate }) => fate));
    }),
    { numRuns: 60 },
  );
});

test("E1: ranges add up to the same set in any order, and neither overlap nor touch", () => {
  const range = fc
    .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 6 }))
    .map(([from, more]) => ({ from, to: from + more }));
  const [conversation, feed, inc] = [new Uint8Array(32), new Uint8Array(32), new Uint8Array(8)];
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
      const graves = new Graveyard(made.sql);
      made.sql.transaction(() => {
        graves.empty();
        for (const { from, to } of ranges) graves.add({ conversation, ranges: [{ feed, inc, from, to }] }, { ms: 1, n: 0 });
      });
      const rows = made.sql.all<{ first: number; last: number }>("select first, last from tombstone_range order by first");
      rows.slice(1).forEach(({ first }, n) => expect(first).toBeGreaterThan((rows[n]?.last ?? 0) + 1));
      for (let seq = 1; seq <= 50; seq++) {
        const entry = { feed, incarnation: inc, seq, kind: 1, hlc: { ms: 1, n: 0 } };
        const named = ranges.some(({ from, to }) => from <= seq && seq <= to);
        expect(fateOf(graves.of(conversation), entry, false)).toBe(named ? "erased" : "stays");
      }
    }),
    { numRuns: 100 },
  );
});
