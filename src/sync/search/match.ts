import type { Phrase, QueryToken } from "./query.ts";
import { type Token, tokenize } from "./tokenize.ts";

/** UTF-16 code units of the text; `end` is behind the last. */
export interface Range {
  start: number;
  end: number;
}

const MAX_RANGES = 64;

/** Where the text has what was asked for, in its order; undefined where one of the phrases is not in it. */
export function matchText(phrases: readonly Phrase[], text: string): Range[] | undefined {
  const tokens = tokenize(text);
  const ranges: Range[] = [];
  for (const phrase of phrases) {
    const found = occurrences(phrase, tokens);
    if (found.length === 0) return undefined;
    ranges.push(...found);
  }
  return merged(ranges.sort((a, b) => a.start - b.start || a.end - b.end)).slice(0, MAX_RANGES);
}

/** True where every word of `wanted` is a word of one of the names. */
export function matchNames(wanted: readonly string[], names: readonly string[]): boolean {
  return names.some((name) => {
    const terms = new Set(tokenize(name).map(({ term }) => term));
    return wanted.every((term) => terms.has(term));
  });
}

function occurrences(phrase: Phrase, tokens: readonly Token[]): Range[] {
  const found: Range[] = [];
  for (let at = 0; at + phrase.length <= tokens.length && found.length < MAX_RANGES; at++) {
    if (!phrase.every((wanted, offset) => fits(wanted, tokens[at + offset] as Token))) continue;
    found.push({ start: (tokens[at] as Token).start, end: (tokens[at + phrase.length - 1] as Token).end });
  }
  return found;
}

const fits = (wanted: QueryToken, { term }: Token): boolean => (wanted.prefix ? term.startsWith(wanted.term) : term === wanted.term);

function merged(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of ranges) {
    const last = result.at(-1);
    if (last && range.start < last.end) last.end = Math.max(last.end, range.end);
    else result.push({ ...range });
  }
  return result;
}
