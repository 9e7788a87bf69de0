import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import { fromHex } from "../../../src/sync/encoding/bytes.ts";
import { TermHasher } from "../../../src/sync/search/terms.ts";
import { tokenize } from "../../../src/sync/search/tokenize.ts";

const crypto = await createSodiumCrypto();
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "vectors", "search.json"), "utf8"));

test("R2: words of texts and their keyed hashes are those of the vectors", () => {
  const hasher = new TermHasher(crypto, fromHex(vectors.key));
  for (const { text, words, terms } of vectors.texts) {
    expect(tokenize(text).map(({ term }) => term)).toEqual(words);
    expect(hasher.ofText(tokenize(text))).toEqual(terms);
  }
});
