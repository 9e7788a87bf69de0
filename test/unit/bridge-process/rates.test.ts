import { describe, expect, it } from "vitest";
import { BACKOFF, backoffMs, TokenBucket } from "../../../src/bridges/kit/index.ts";

describe("a token bucket", () => {
  it("gives its burst, then so many a second, and is not fooled by a clock that goes back", () => {
    const bucket = new TokenBucket({ burst: 2, perSecond: 10 }, 1_000);
    expect([bucket.take(1_000), bucket.take(1_000), bucket.take(1_000)]).toEqual([true, true, false]);
    expect(bucket.waitMs(1_000)).toBe(100);
    expect(bucket.take(1_100)).toBe(true);
    expect(bucket.take(500)).toBe(false);
    expect(bucket.take(600)).toBe(true);
    bucket.spend(600, 5);
    expect(bucket.waitMs(600, 0)).toBe(500);
    expect(bucket.take(100_000, 3)).toBe(false);
    expect(bucket.take(100_000, 2)).toBe(true);
  });
});

describe("the back-off", () => {
  it("doubles from 1 s to 5 min, its upper half by chance", () => {
    expect([1, 2, 3, 9, 10, 1_000].map((attempt) => backoffMs(attempt, 0))).toEqual([500, 1_000, 2_000, 128_000, 150_000, 150_000]);
    expect([1, 2, 3, 9, 10, 1_000].map((attempt) => backoffMs(attempt, 1))).toEqual([1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
    expect([0, -5].map((attempt) => backoffMs(attempt, 1, BACKOFF))).toEqual([1_000, 1_000]);
  });
});
