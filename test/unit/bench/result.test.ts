import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limitOf, peerOf, percentile, summarise } from "../../../bench/result.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 });

describe("summarise", () => {
  it("takes the middle sample, or the mean of the two middle ones", () => {
    expect(summarise([5, 1, 9])).toEqual({ runs: 3, median: 5, min: 1, max: 9 });
    expect(summarise([4, 1, 9, 2])).toEqual({ runs: 4, median: 3, min: 1, max: 9 });
    expect(summarise([7])).toEqual({ runs: 1, median: 7, min: 7, max: 7 });
  });

  it("sorts by number, not by text, and leaves its argument alone", () => {
    const samples = [10, 9, 100];
    expect(summarise(samples).median).toBe(10);
    expect(samples).toEqual([10, 9, 100]);
  });

  it("has as many samples below the median as above", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 50 }), (samples) => {
        const { median } = summarise(samples);
        const below = samples.filter((sample) => sample < median).length;
        const above = samples.filter((sample) => sample > median).length;
        expect(below).toBeLessThanOrEqual(samples.length / 2);
        expect(above).toBeLessThanOrEqual(samples.length / 2);
      }),
    );
  });

  it("refuses nothing at all and what is no number", () => {
    expect(() => summarise([])).toThrow(RangeError);
    expect(() => summarise([1, Number.NaN])).toThrow(RangeError);
    expect(() => summarise([Number.POSITIVE_INFINITY])).toThrow(RangeError);
  });
});

describe("percentile", () => {
  it("interpolates between neighbours", () => {
    const hundred = Array.from({ length: 101 }, (_, n) => n);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile([0, 10], 0.25)).toBe(2.5);
  });

  it("lies between the smallest and the largest and grows with the share", () => {
    const samples = fc.array(finite, { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (all, a, b) => {
        const low = percentile(all, Math.min(a, b));
        const high = percentile(all, Math.max(a, b));
        expect(low).toBeLessThanOrEqual(high + 1e-6);
        expect(low).toBeGreaterThanOrEqual(Math.min(...all) - 1e-6);
        expect(high).toBeLessThanOrEqual(Math.max(...all) + 1e-6);
      }),
    );
  });

  it("refuses a share that is none", () => {
    expect(() => percentile([1], 1.5)).toThrow(RangeError);
    expect(() => percentile([1], Number.NaN)).toThrow(RangeError);
  });
});

describe("comparison", () => {
  it("divides our median by the other's", () => {
    expect(peerOf(30, [10, 20, 15])).toEqual({ median: 15, ratio: 2 });
    expect(limitOf("raw client", 3, [6])).toEqual({ what: "raw client", median: 6, share: 0.5 });
  });
});
