import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { action, dccOffer, readCtcp } from "../../../src/bridges/irc/ctcp.ts";
import { isEchoOf } from "../../../src/bridges/irc/echo.ts";
import { plainName, plainText } from "../../../src/bridges/irc/formatting.ts";
import { mentions } from "../../../src/bridges/irc/mentions.ts";

describe("formatting codes", () => {
  test.each([
    ["bold, italic, underline, reset", "\x02b\x1di\x1fu\x0f.", "biu."],
    ["colours of one and two numbers", "\x0304red\x03 \x034,12both\x03,5", "red both,5"],
    ["a number behind a colour stays", "\x030423", "23"],
    ["hexadecimal colours", "\x04ff0000red\x04FF0000,00ff00both", "redboth"],
    ["reverse, strike, monospace", "\x16a\x1eb\x11c", "abc"],
    ["what a terminal would obey", "\x1b[31mred\x07\x9b2J", "�[31mred��2J"],
    ["tabs and everything readable stay", "\tgrüße 😀 \u202eabc", "\tgrüße 😀 \u202eabc"],
  ])("%s", (_what, text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  test("nothing that is left controls anything, whatever came in", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.integer({ min: 0, max: 0x2fff }).map((code) => String.fromCharCode(code)) }), (text) => {
        expect(plainText(text)).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/);
      }),
    );
  });

  test("a name cannot hide characters, turn the text around it or grow", () => {
    expect(plainName("ali\u200bce")).not.toBe("alice");
    expect(plainName("ali\u202ece")).not.toMatch(/\u202e/);
    expect(Array.from(plainName("x".repeat(9000)))).toHaveLength(200);
  });
});

describe("CTCP", () => {
  test.each([
    ["hello", { kind: "plain", text: "hello" }],
    ["\x01ACTION waves\x01", { kind: "action", text: "waves" }],
    ["\x01action waves", { kind: "action", text: "waves" }],
    ["\x01VERSION\x01", { kind: "request", command: "VERSION", rest: "" }],
    ["\x01", { kind: "request", command: "", rest: "" }],
  ])("%j", (text, read) => {
    expect(readCtcp(text)).toEqual(read);
  });

  test("an action comes back as it was", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\x01")),
        (text) => {
          expect(readCtcp(action(text))).toEqual({ kind: "action", text });
        },
      ),
    );
  });

  test.each([
    ["SEND file.txt 2130706433 5000 10", "a file (file.txt)"],
    ['SEND "my file.txt" 1 2 3', "a file (my file.txt)"],
    ["CHAT chat 1 2", "a direct connection"],
    ["", "a direct connection"],
  ])("DCC %s", (rest, words) => {
    expect(dccOffer(rest)).toBe(words);
  });
});

describe("mentions", () => {
  const ascii = { fold: (text: string) => text.toLowerCase() };
  test.each([
    ["alice: hello", true],
    ["hello ALICE!", true],
    ["malice", false],
    ["alice_ and alice2", false],
    ["alice-x", false],
    ["éalice", false],
    ["malice, alice", true],
    ["", false],
  ])("%j names alice: %s", (text, named) => {
    expect(mentions(text, "alice", ascii)).toBe(named);
  });
});

describe("echoes without a label", () => {
  const said = { conv: "#a", style: "text", text: "\x02bold\x02 text" } as const;
  const heard = (changes: object) => ({ conv: "#a", name: "#a", style: "text" as const, text: said.text, msgid: undefined, ...changes });
  test.each([
    ["the same", {}, true],
    ["without colours, as a channel with +S makes it", { text: "bold text" }, true],
    ["elsewhere", { conv: "#b" }, false],
    ["as a notice", { style: "notice" }, false],
    ["something else", { text: "bold" }, false],
  ])("%s", (_what, changes, is) => {
    expect(isEchoOf(heard(changes), said)).toBe(is);
  });

  test("what the server cut is the beginning of a long text", () => {
    const text = "x".repeat(200);
    expect(isEchoOf(heard({ text: text.slice(0, 150) }), { ...said, text })).toBe(true);
    expect(isEchoOf(heard({ text: "x" }), { ...said, text })).toBe(false);
  });
});
