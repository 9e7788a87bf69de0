import fc from "fast-check";
import { expect, test } from "vitest";
import { compareHlc, nextHlc } from "../../../src/sync/log/hlc.ts";

const hlc = fc.record({ ms: fc.integer({ min: 0, max: 2 ** 47 }), n: fc.integer({ min: 0, max: 0xffff }) });

test("B2: the next hlc is later than everything seen, never before the clock, and its counter fits 16 bits", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 47 }), fc.array(hlc), (now, seen) => {
      const next = nextHlc(now, seen);
      for (const other of seen) expect(compareHlc(next, other)).toBeGreaterThan(0);
      expect(next.ms).toBeGreaterThanOrEqual(now);
      expect(next.n).toBeLessThanOrEqual(0xffff);
    }),
  );
});

test("B2: a clock that stands still counts", () => {
  const first = nextHlc(5, []);
  const second = nextHlc(5, [first]);
  expect(first).toEqual({ ms: 5, n: 0 });
  expect(second).toEqual({ ms: 5, n: 1 });
  expect(nextHlc(5, [{ ms: 5, n: 0xffff }])).toEqual({ ms: 6, n: 0 });
});
