import { HomeportError } from "../errors.ts";
import { type Token, tokenize } from "./tokenize.ts";

export interface QueryToken extends Token {
  /** Also words that go on after it. */
  prefix: boolean;
}

/** Words that have to stand side by side. */
export type Phrase = readonly QueryToken[];

/** Shortest beginning of a word that can be asked for. */
const MIN_PREFIX = 3;
const MAX_WORDS = 32;

/**
 * What a person typed: words that all have to be there, `"…"` for words side by side, `word*` for a beginning. Throws
 * `HomeportError` of code `bad-query`.
 */
export function parseQuery(text: string): Phrase[] {
  const phrases = [...text.matchAll(/"([^"]*)"?|[^\s"]+/g)]
    .map(([whole, quoted]) => phraseOf(quoted ?? whole))
    .filter(({ length }) => length > 0);
  const words = phrases.reduce((sum, { length }) => sum + length, 0);
  if (words === 0) throw new HomeportError("bad-query", "There is no word to search for in this; give one of letters or digits.");
  if (words > MAX_WORDS) throw new HomeportError("bad-query", `A search takes at most ${MAX_WORDS} words.`);
  return phrases;
}

function phraseOf(text: string): QueryToken[] {
  const tokens = tokenize(text);
  return tokens.map((token, index) => {
    const prefix = !token.dense && index === tokens.length - 1 && text.endsWith("*");
    if (prefix && token.term.length < MIN_PREFIX) throw new HomeportError("bad-query", `Give at least ${MIN_PREFIX} letters before the *.`);
    return { ...token, prefix };
  });
}
