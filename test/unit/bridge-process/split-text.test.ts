import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitText } from "../../../src/bridges/kit/index.ts";

const many = { maxParts: Number.POSITIVE_INFINITY };
const bytesOf = (text: string): number => Buffer.byteLength(text);

describe("splitText", () => {
  it("leaves alone what fits, and gives each line its own part", () => {
    expect(splitText("hello", { maxBytes: 10 })).toEqual(["hello"]);
    expect(splitText("one\r\ntwo\n\n\rthree", { maxBytes: 10 })).toEqual(["one", "two", "three"]);
    expect(splitText("", { maxBytes: 10 })).toEqual([]);
  });

  it("cuts after the last word that fits and drops that one space", () => {
    expect(splitText("the quick brown fox", { maxBytes: 10 })).toEqual(["the quick", "brown fox"]);
    expect(splitText("the quick brown fox", { maxBytes: 9 })).toEqual(["the quick", "brown fox"]);
    expect(splitText("aaaa  bbbb", { maxBytes: 5 })).toEqual(["aaaa ", "bbbb"]);
    expect(splitText("aaaaa ", { maxBytes: 5 })).toEqual(["aaaaa"]);
  });

  it("cuts a long word between graphemes, measured in bytes of UTF-8", () => {
    expect(splitText("äöüß", { maxBytes: 4 })).toEqual(["äö", "üß"]);
    expect(splitText("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", { maxBytes: 30 })).toEqual(["👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"]);
    expect(splitText("🇩🇪🇫🇷🇮🇹", { maxBytes: 17 })).toEqual(["🇩🇪🇫🇷", "🇮🇹"]);
  });

  it("cuts inside a grapheme only where one alone is too long", () => {
    const zalgo = `a${"\u0301".repeat(40)}b`;
    const parts = splitText(zalgo, { maxBytes: 32 });
    expect(parts.join("")).toBe(zalgo);
    expect(Math.max(...parts.map(bytesOf))).toBeLessThanOrEqual(32);
  });

  it("never gives a part that is empty or too long, and loses nothing but spaces at cuts", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "\t", "ä", "€", "👍🏽", "\u0301", "\ud800", "\n"), maxLength: 400 });
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 40 }), (whole, maxBytes) => {
        const parts = splitText(whole, { maxBytes, ...many });
        for (const part of parts) expect(bytesOf(part)).toBeLessThanOrEqual(maxBytes);
        expect(parts).not.toContain("");
        expect(parts.join("").replaceAll(/[ \t]/g, "")).toBe(whole.replaceAll(/[ \t\n]/g, ""));
        const spaces = (list: string): number => list.replaceAll(/[^ \t]/g, "").length;
        expect(spaces(whole) - spaces(parts.join(""))).toBeLessThanOrEqual(parts.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it("refuses what needs too many parts, without making them all", () => {
    expect(() => splitText("word ".repeat(500_000), { maxBytes: 400 })).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ code: "too-large", sent: "no" }) }),
    );
    expect(splitText("x".repeat(500), { maxBytes: 10 }).length).toBe(50);
    expect(() => splitText("x".repeat(501), { maxBytes: 10 })).toThrow("more than 50 messages");
  });

  it.each([
    ["one endless word", "x"],
    ["spaces", " "],
    ["short words", "ab "],
    ["family emoji", "👩‍👩‍👧‍👦"],
    ["combining marks", "\u0301"],
  ])("takes time in proportion to the length: %s", (_what, unit) => {
    const time = (length: number): number => {
      const text = unit.repeat(length / unit.length);
      const start = performance.now();
      splitText(text, { maxBytes: 400, ...many });
      return performance.now() - start;
    };
    time(20_000);
    const small = Math.max(1, ...[1, 2, 3].map(() => time(20_000)));
    // Quadratic would be a hundred times; the best of three, as other work on the machine takes its share.
    expect(Math.min(...[1, 2, 3].map(() => time(200_000)))).toBeLessThan(40 * small);
  });
});
