import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clean, jsonText } from "../../../src/cli/render/clean.ts";
import { columns } from "../../../src/cli/render/columns.ts";
import { durationText, sizeText, timeText } from "../../../src/cli/render/time.ts";

/** What a terminal acts on, what turns text round, what cannot be seen. */
const DANGEROUS =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]|\p{Cs}/u;
const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "\u001b[2J",
        "\u009b",
        "\r",
        "\n",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u{e0041}",
        "\ud800",
        "a",
        "é",
        "👩‍👧",
        "\t",
        "\u0000",
      ),
    )
    .map((parts) => parts.join("")),
);

describe("text from outside", () => {
  test("nothing dangerous is left of any text, and a name stays on its line", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(clean(text, "block")).not.toMatch(DANGEROUS);
        expect(clean(text, "line")).not.toMatch(DANGEROUS);
        expect(clean(text, "line")).not.toMatch(/[\n\t]/);
        for (const line of clean(text, "block").split("\n").slice(1)) expect(line).toMatch(/^ {4}/);
      }),
      { numRuns: 2000 },
    );
  });

  test("ordinary text of any script is not touched", () => {
    for (const text of ["Grüße, 世界! שלום مرحبا", "👩‍👧 ❤️ 🏳️‍🌈", "می‌خواهم", "a\tb", "नमस्ते क्‍ष"]) expect(clean(text, "block")).toBe(text);
  });

  test("what is taken away is shown", () => {
    expect(clean("\u001b[31mred\u0007", "line")).toBe("␛[31mred␇");
    expect(clean("invoice\u202efdp.exe", "line")).toBe("invoice<U+202E>fdp.exe");
    expect(clean("pay\u200dpal", "line")).toBe("pay<U+200D>pal");
    expect(clean("a\r\nb\u2028c", "line")).toBe("a␊b␊c");
    expect(clean("a\nb", "block")).toBe("a\n    b");
    expect(clean(`x${"\u0301".repeat(50)}`, "line")).toBe(`x${"\u0301".repeat(4)}`);
  });
});

test("JSON on a terminal is as harmless, and means the same", () => {
  fc.assert(
    fc.property(fc.oneof(hostile, fc.jsonValue()), (value) => {
      const text = jsonText(value);
      expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 1000 },
  );
});

test("columns line up, colours do not count", () => {
  expect(
    columns([
      ["a", "bb", "c"],
      ["\u001b[31mlong\u001b[0m", "b", ""],
    ]),
  ).toBe("a     bb  c\n\u001b[31mlong\u001b[0m  b");
  expect(columns([])).toBe("");
});

test("times, durations and sizes are short", () => {
  expect(timeText(new Date(2026, 2, 1, 9, 5).getTime())).toBe("2026-03-01 09:05");
  expect(timeText(Number.MAX_SAFE_INTEGER)).toBe("at an unknown time");
  expect([0, 59.9, 60, 3600 * 3, 86_400 * 3 + 3600 * 4].map(durationText)).toEqual(["0 s", "59 s", "1 min", "3 h 0 min", "3 d 4 h"]);
  expect([0, 1023, 1024, 5_000_000].map(sizeText)).toEqual(["0 bytes", "1023 bytes", "1.0 KiB", "4.8 MiB"]);
});
