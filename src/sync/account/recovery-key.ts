import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { DOMAIN } from "../domains.ts";
import { utf8 } from "../encoding/bytes.ts";
import { HomeportError } from "../errors.ts";
import type { Crypto, Random } from "../ports.ts";

const ENTROPY_BYTES = 32;
const WORDS = 24;

/** What the 24 words stand for: 32 bytes. The caller wipes them. */
export function createRecoveryEntropy(random: Random): Uint8Array {
  return random.bytes(ENTROPY_BYTES);
}

/** 24 English words of BIP-39 with one space between. The one secret that has to be a string: show it, never keep it. */
export function recoveryWords(entropy: Uint8Array): string {
  if (entropy.length !== ENTROPY_BYTES) throw new TypeError("recovery entropy has 32 bytes");
  return entropyToMnemonic(entropy, wordlist);
}

/** Takes any spacing and case. Throws `HomeportError` of code `wrong-words`, which repeats none of them. */
export function entropyOfWords(text: string): Uint8Array {
  const words = text
    .normalize("NFKD")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length !== WORDS) throw new HomeportError("wrong-words", `The recovery words are ${WORDS}; these are ${words.length}.`);
  const unknown = words.findIndex((word) => !wordlist.includes(word));
  if (unknown >= 0) throw new HomeportError("wrong-words", `Word ${unknown + 1} is not in the list of recovery words.`);
  try {
    return mnemonicToEntropy(words.join(" "), wordlist);
  } catch {
    // The library's own message is not passed on, for it may quote a word.
    throw new HomeportError("wrong-words", "The recovery words do not fit together; look for a wrong or exchanged one.");
  }
}

/** Ed25519; the seed is keyed BLAKE2b of the word `seed` under the entropy. The caller wipes `secretKey`. */
export function recoveryKeypair(crypto: Crypto, entropy: Uint8Array): { publicKey: Uint8Array; secretKey: Uint8Array } {
  const seed = crypto.mac(entropy, DOMAIN.recoveryKey, utf8("seed"));
  const keypair = crypto.signKeypair(seed);
  crypto.wipe(seed);
  return keypair;
}

/** A1: what the genesis holds of the recovery key. 32 bytes. */
export function recoveryHash(crypto: Crypto, publicKey: Uint8Array): Uint8Array {
  return crypto.hash(DOMAIN.recoveryHash, publicKey);
}
