import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fold } from "../../../src/sync/search/fold.ts";
import { MAX_TOKENS, tokenize, tokenizerMark } from "../../../src/sync/search/tokenize.ts";

const words = (text: string) => tokenize(text).map(({ term }) => term);

describe("R2: words of a text", () => {
  test.each([
    ["case and accents fold", "Crème BRÛLÉE Ångström", ["creme", "brulee", "angstrom"]],
    ["full case folding", "Straße STRASSE ΟΔΟΣ οδός ıİ", ["strasse", "strasse", "οδοσ", "οδοσ", "ii"]],
    ["compatible forms", "ﬁne ２０２６ ½", ["fine", "2026", "12"]],
    ["an apostrophe stays inside of a word", "don't don’t rock 'n' roll", ["dont", "dont", "rock", "n", "roll"]],
    [
      "links, nicks and paths fall into their words",
      "https://example.com/a_b?x=1 <some_nick|away>",
      ["https", "example", "com", "a", "b", "x", "1", "some", "nick", "away"],
    ],
    ["scripts without spaces, character by character", "東京都へ カナ", ["東", "京", "都", "へ", "カ", "ナ"]],
    ["beside other letters", "iPhone手机ok", ["iphone", "手", "机", "ok"]],
    ["pictograms", "ok 👍🏽", ["ok", "👍"]],
    ["marks that are letters stay, others go", "हिन्दी שָׁלוֹם مُحَمَّد", ["हिन्दी", "שלום", "محمد"]],
    ["composed and decomposed alike", "café", ["cafe"]],
    ["nothing", " \n\t… — ()", []],
  ])("%s", (_, text, expected) => expect(words(text)).toEqual(expected));

  test("Thai is taken apart by the dictionary", () => expect(words("ภาษาไทย")).toEqual(["ภาษา", "ไทย"]));

  test("places are those of the text, whatever folding does", () => {
    const text = "Ein ﬁnes  Straßenfest — 東京!";
    expect(tokenize(text).map(({ start, end }) => text.slice(start, end))).toEqual(["Ein", "ﬁnes", "Straßenfest", "東", "京"]);
  });

  test("the words of a message are bounded, and so is a word", () => {
    expect(tokenize("a ".repeat(20_000))).toHaveLength(MAX_TOKENS);
    expect(words("x".repeat(65_536))).toEqual(["x".repeat(64)]);
  });

  test("any text: places in order and inside, terms folded already", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        let last = 0;
        for (const { term, start, end } of tokenize(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          expect(term).not.toMatch(/\s/);
          last = end;
        }
      }),
    );
  });

  test("words of letters fold the same alone as in their text", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^\p{Script=Latin}{1,12}$/u), { maxLength: 8 }), (list) => {
        expect(words(list.join(" "))).toEqual(list.flatMap((word) => words(word)));
      }),
    );
  });

  test("ASCII is taken apart as anything else", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 40 }), (text) => {
        const other = "\u2003é".length;
        const beside = tokenize(`é\u2003${text}`).slice(1);
        expect(tokenize(text)).toEqual(beside.map(({ start, end, ...token }) => ({ ...token, start: start - other, end: end - other })));
      }),
    );
  });

  test("folding twice is folding once", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{L}\p{N}]{1,8}$/u), (text) => {
        expect(fold(fold(text))).toBe(fold(text));
      }),
    );
  });

  test("the mark says how texts are taken apart here", () => expect(JSON.parse(tokenizerMark())).toHaveLength(2));
});
