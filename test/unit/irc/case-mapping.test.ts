import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { caseMappingOf, fold } from "../../../src/bridges/irc/case-mapping.ts";

describe("case mapping", () => {
  test.each([
    ["ascii", "#Ab[]\\^", "#ab[]\\^"],
    ["rfc1459", "#Ab[]\\^", "#ab{}|~"],
    ["strict-rfc1459", "#Ab[]\\^", "#ab{}|^"],
    ["ascii", "ÄÖ", "ÄÖ"],
    ["unicode", "ÄÖ", "äö"],
  ] as const)("%s: %s becomes %s", (mapping, name, folded) => {
    expect(fold(name, mapping)).toBe(folded);
  });

  test("RFC 2812, 2.2: a server that says nothing takes {}|~ for the small []\\^", () => {
    expect(caseMappingOf(undefined)).toBe("rfc1459");
    expect(caseMappingOf("rfc7613")).toBe("unicode");
  });

  test("folding twice changes nothing more, and never the length of ASCII names", () => {
    const mapping = fc.constantFrom("ascii", "rfc1459", "strict-rfc1459", "unicode");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), mapping, (name, by) => {
        expect(fold(fold(name, by), by)).toBe(fold(name, by));
        if (by !== "unicode") expect(fold(name, by)).toHaveLength(name.length);
      }),
    );
  });
});
