import { DOMAIN } from "../domains.ts";
import { toBase32 } from "../encoding/base32.ts";
import { utf8 } from "../encoding/bytes.ts";
import type { Crypto } from "../ports.ts";
import type { Phrase } from "./query.ts";
import { type Token, tokenize } from "./tokenize.ts";

/** 40 bits, eight characters: a foreign word passes for another once in 10¹² pairs, and hits are checked against the text. */
const HASH_BYTES = 5;
/** Beginnings of words that are in the index; a longer one is found by the longest of these, and checked. In characters. */
const PREFIXES = [5, 3] as const;
/** Of one message, so that none makes the index grow without bound. */
const MAX_TERMS = 1024;
const CACHED = 1 << 16;

/** Stored as part of what is hashed: never reuse one. */
type Sort = "w" | "p" | "d" | "c" | "a" | "s";

/** What the index holds instead of words (R2): their keyed hashes. */
export class TermHasher {
  readonly #crypto: Crypto;
  readonly #key: Uint8Array;
  readonly #cache = new Map<string, string>();

  constructor(crypto: Crypto, key: Uint8Array) {
    this.#crypto = crypto;
    this.#key = key;
  }

  /** Under which a text is found, without repetition. */
  ofText(tokens: readonly Token[]): string[] {
    const terms = new Set<string>();
    tokens.forEach((token, index) => {
      if (terms.size >= MAX_TERMS) return;
      terms.add(this.#hash("w", token.term));
      const next = tokens[index + 1];
      if (token.dense) {
        if (next && isJoined(token, next)) terms.add(this.#hash("d", token.term + next.term));
        return;
      }
      for (const length of PREFIXES) if (token.term.length > length) terms.add(this.#hash("p", begin(token.term, length)));
    });
    return [...terms];
  }

  ofConversation(id: string): string {
    return this.#hash("c", id);
  }

  /** Names under which people know the author. */
  ofAuthor(names: readonly string[]): string[] {
    return names.flatMap((name) => tokenize(name).map(({ term }) => this.#hash("a", term)));
  }

  /** An own device, whatever it is called. */
  ofDevice(device: string): string {
    return this.#hash("s", device);
  }

  /** In the language of FTS5: what every text that has the phrase has. */
  expressions(phrase: Phrase): string[] {
    return phrase.flatMap((token, index) => {
      const next = phrase[index + 1];
      if (token.prefix) return [this.#prefix(token.term)];
      if (!token.dense) return [this.#hash("w", token.term)];
      if (next && isJoined(token, next)) return [this.#hash("d", token.term + next.term)];
      const before = phrase[index - 1];
      return before && isJoined(before, token) ? [] : [this.#hash("w", token.term)];
    });
  }

  #prefix(term: string): string {
    const length = PREFIXES.find((candidate) => term.length >= candidate) ?? 3;
    const longer = this.#hash("p", begin(term, length));
    // A word that is no longer than this beginning is in the index as itself only.
    return term.length <= length ? `(${this.#hash("w", term)} OR ${longer})` : longer;
  }

  #hash(sort: Sort, text: string): string {
    const name = sort + text;
    const known = this.#cache.get(name);
    if (known !== undefined) return known;
    if (this.#cache.size >= CACHED) this.#cache.clear();
    const hash = toBase32(this.#crypto.mac(this.#key, DOMAIN.searchTerm, utf8(name)).subarray(0, HASH_BYTES));
    this.#cache.set(name, hash);
    return hash;
  }
}

const begin = (term: string, length: number): string => term.slice(0, length);

const isJoined = (a: Token, b: Token): boolean => a.dense && b.dense && a.end === b.start;
