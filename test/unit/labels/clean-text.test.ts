import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanText } from "../../../src/security-labels/index.ts";
import { hostileText } from "./all-facts.ts";

describe("text from networks among words of ours", () => {
  test.each([
    ["irc.example.org", "irc.example.org"],
    ["  two \r\n lines\t", "two lines"],
    ["\u001b[31mred", "\ufffd[31mred"],
    ["user\u202etxt.exe", "user\ufffdtxt.exe"],
    ["in\u200bvisible \u{e0041}", "in\ufffdvisible \ufffd"],
    ["ex\u200dample", "ex\ufffdample"],
    ["\ud800 half", "\ufffd half"],
    ["Zoë Grüße 日本 ❤️", "Zoë Grüße 日本 ❤️"],
    ["👨‍👩‍👧", "👨‍👩‍👧"],
    ["می‌خواهم", "می‌خواهم"],
    [`a${"\u0301".repeat(50)}`, `a${"\u0301".repeat(4)}`],
  ])("%j becomes %j", (hostile, expected) => {
    expect(cleanText(hostile)).toBe(expected);
  });

  test("is cut by whole characters, with a sign that it was", () => {
    expect(cleanText("😀".repeat(200), 10)).toBe(`${"😀".repeat(9)}…`);
    expect(cleanText("x".repeat(10), 10)).toBe("x".repeat(10));
    expect(cleanText(`${" ".repeat(1000)}x`, 10)).toBe("…");
  });

  test("never holds what moves a cursor, reorders or hides, never grows, and cleaning twice changes nothing", () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 1, max: 200 }), (hostile, limit) => {
        const clean = cleanText(hostile, limit);
        expect(clean).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u2060\ufeff]/u);
        expect(Array.from(clean).length).toBeLessThanOrEqual(limit);
        expect(cleanText(clean, limit)).toBe(clean);
      }),
      { numRuns: 1000 },
    );
  });
});
