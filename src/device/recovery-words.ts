import type { AccountRecords } from "../api/account.ts";
import { OpSet } from "../sync/account/op-set.ts";
import { authorRecover, authorRotation, type Keypair, requireKey } from "../sync/account/recover.ts";
import { createRecoveryEntropy, entropyOfWords, recoveryHash, recoveryKeypair, recoveryWords } from "../sync/account/recovery-key.ts";
import { makeBackupKey } from "../sync/backup/backup-key.ts";
import { fromBase32, toBase32 } from "../sync/encoding/base32.ts";
import { utf8 } from "../sync/encoding/bytes.ts";
import { HomeportError, MalformedError } from "../sync/errors.ts";
import { parseId, PREFIX } from "../sync/log/public-id.ts";
import type { Crypto, Random } from "../sync/ports.ts";

/** Takes the new words (UTF-8, wiped afterwards) to the person; nothing is signed where it throws. */
export type ShowWords = (words: Uint8Array) => Promise<void>;

export interface WithWords {
  crypto: Crypto;
  random: Random;
  /** As `account.export` gives them. */
  records: AccountRecords;
  /** The 24 words that hold now, UTF-8; wiped. */
  words: Uint8Array;
  showRecovery: ShowWords;
}

/**
 * A5: what is to be imported so that the account is recovered, `keep` being ids of the devices that stay. The words stay where
 * this runs, and the new ones are shown once the old ones have proved right. Throws `wrong-words`, `no-recovery`, `not-found`.
 */
export function signRecovery(options: WithWords & { keep: readonly string[] }): Promise<AccountRecords> {
  const keep = options.keep.map(keyOf);
  return withWords(options, (set, key, recovery) => authorRecover(options.crypto, set, key, { keep, recovery }));
}

/** A1: what is to be imported so that other words hold from now on. */
export function signRotation(options: WithWords): Promise<AccountRecords> {
  return withWords(options, (set, key, recovery) => authorRotation(options.crypto, set, key, recovery));
}

/** Throws `wrong-words`, `no-recovery` where these words do not hold for the account. They are wiped. */
export function checkWords({ crypto, records, words }: Pick<WithWords, "crypto" | "records" | "words">): void {
  const key = keyOfWords(crypto, words);
  try {
    requireKey(crypto, opSetOf(crypto, records), key);
  } finally {
    crypto.wipe(key.secretKey);
  }
}

/** A1: its hash goes into an operation; the key itself only into the words that the person writes down. The caller wipes `entropy`. */
export async function newRecoveryKey(crypto: Crypto, random: Random, show: ShowWords): Promise<{ hash: Uint8Array; entropy: Uint8Array }> {
  const entropy = createRecoveryEntropy(random);
  const { publicKey, secretKey } = recoveryKeypair(crypto, entropy);
  const words = utf8(recoveryWords(entropy));
  try {
    await show(words);
    return { hash: recoveryHash(crypto, publicKey), entropy };
  } finally {
    for (const secret of [secretKey, words]) crypto.wipe(secret);
  }
}

export function opSetOf(crypto: Crypto, { account, operations }: AccountRecords): OpSet {
  const set = new OpSet(crypto, parseId(PREFIX.account, account) ?? new Uint8Array(32));
  for (const op of operations) set.add(bytesOfBase32(op));
  return set;
}

/** The library takes the words as a string; the entropy, at least, is wiped. */
export function keyOfWords(crypto: Crypto, words: Uint8Array): Keypair {
  const entropy = entropyOfWords(new TextDecoder().decode(words));
  const key = recoveryKeypair(crypto, entropy);
  for (const secret of [entropy, words]) crypto.wipe(secret);
  return key;
}

export function keyOf(device: string): Uint8Array {
  const key = parseId(PREFIX.device, device);
  if (key === undefined) throw new HomeportError("not-found", "There is no such device; `homeport account show` lists them.");
  return key;
}

export function bytesOfBase32(text: string): Uint8Array {
  const bytes = fromBase32(text);
  if (bytes === undefined) throw new MalformedError("not base32");
  return bytes;
}

async function withWords(
  { crypto, random, records, words, showRecovery }: WithWords,
  sign: (set: OpSet, key: Keypair, recovery: Uint8Array) => Uint8Array,
): Promise<AccountRecords> {
  const set = opSetOf(crypto, records);
  const key = keyOfWords(crypto, words);
  try {
    requireKey(crypto, set, key);
    const { hash, entropy } = await newRecoveryKey(crypto, random, showRecovery);
    const { box, recovery, signature } = makeBackupKey(crypto, set.account, entropy);
    crypto.wipe(entropy);
    const backupKey = { box: toBase32(box), recovery: toBase32(recovery), signature: toBase32(signature) };
    return { ...records, operations: [toBase32(sign(set, key, hash))], devices: [], backupKey };
  } finally {
    crypto.wipe(key.secretKey);
  }
}
