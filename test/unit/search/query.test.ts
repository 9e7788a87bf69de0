import { describe, expect, test } from "vitest";
import { matchNames, matchText } from "../../../src/sync/search/match.ts";
import { parseQuery } from "../../../src/sync/search/query.ts";

const found = (query: string, text: string) => matchText(parseQuery(query), text)?.map(({ start, end }) => text.slice(start, end));
const refused = (query: string) => expect(() => parseQuery(query)).toThrow(expect.objectContaining({ code: "bad-query" }));

describe("R2: what a search means", () => {
  test.each([
    ["all words, in any order", "tea green", "Green tea, and more TEA", ["Green", "tea", "TEA"]],
    ["one is missing", "tea milk", "green tea", undefined],
    ["part of a word is none", "tea", "team", undefined],
    ["the beginning of a word", "tea*", "a team of teachers", ["team", "teachers"]],
    ["of three letters at least", "team*", "teams", ["teams"]],
    ["words side by side", '"green tea"', "green, tea; tea green", ["green, tea"]],
    ["not side by side", '"green tea"', "green old tea", undefined],
    ["a link is found by its parts side by side", "example.com", "see https://www.example.com/x", ["example.com"]],
    ["not by parts elsewhere", "example.com", "com example", undefined],
    ["characters in a row", "京都", "東京都", ["京都"]],
    ["not in a row", "京都", "京の都", undefined],
    ["a quote that does not end", '"green tea', "green tea", ["green tea"]],
    ["overlaps are one", '"a b" "b c"', "a b c", ["a b c"]],
  ])("%s", (_, query, text, expected) => {
    expect(found(query, text)).toEqual(expected);
  });

  test("nothing to search for, too short a beginning and too many words are refused", () => {
    for (const query of ["", "  ", '"" …', "te*", "w ".repeat(33)]) refused(query);
  });

  test("an author is found by any of the words of one name", () => {
    expect(matchNames(["mary"], ["Mary Smith", "mary_s"])).toBe(true);
    expect(matchNames(["mary", "smith"], ["Mary", "smith"])).toBe(false);
  });
});
