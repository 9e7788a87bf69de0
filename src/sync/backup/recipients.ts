import { HomeportError, MalformedError } from "../errors.ts";
import { bytesField, intField } from "./fields.ts";
import { type Cbor, isList } from "../encoding/cbor.ts";
import type { Crypto, Random } from "../ports.ts";

/** Who can open a backup. Part of the format: never reuse a number. */
const SORT = { words: 1, passphrase: 2 } as const;
const KEY = 32;
const NONCE = 24;
const NO_AAD = new Uint8Array();

/** Argon2id of a new backup: about a second, and this much memory for each guess. */
const COST = { ops: 3, memory: 256 * 1024 * 1024 };
/** What a backup of somebody else may make this device spend. */
const MOST = { ops: 10, memory: 1024 * 1024 * 1024 };

export type Recipient =
  /** Whoever has the recovery words: the file key in a sealed box for `backupKeypair`. */
  | { sort: "words"; box: Uint8Array; sealed: Uint8Array }
  | { sort: "passphrase"; salt: Uint8Array; ops: number; memory: number; nonce: Uint8Array; sealed: Uint8Array };

export interface BoxKeypair {
  publicKey: Uint8Array;
  secretKey: Uint8Array;
}

export function forWords(crypto: Crypto, box: Uint8Array, fileKey: Uint8Array): Recipient {
  return { sort: "words", box, sealed: crypto.boxSeal(box, fileKey) };
}

export function forPassphrase(crypto: Crypto, random: Random, passphrase: Uint8Array, fileKey: Uint8Array, cost = COST): Recipient {
  const salt = random.bytes(16);
  const nonce = random.bytes(NONCE);
  const key = crypto.passwordHash(passphrase, salt, cost.ops, cost.memory);
  const sealed = crypto.seal(key, nonce, fileKey, NO_AAD);
  crypto.wipe(key);
  return { sort: "passphrase", salt, ...cost, nonce, sealed };
}

/** The file key. Throws `wrong-words`. */
export function openByWords(crypto: Crypto, recipients: readonly Recipient[], keypair: BoxKeypair): Uint8Array {
  for (const recipient of recipients) {
    const key = recipient.sort === "words" ? crypto.boxOpen(keypair, recipient.sealed) : undefined;
    if (key?.length === KEY) return key;
  }
  const hasWords = recipients.some(({ sort }) => sort === "words");
  throw new HomeportError(
    "wrong-words",
    hasWords
      ? "These are not the recovery words that this backup was made for."
      : "This backup was made for a passphrase; give it by --passphrase-file.",
  );
}

/** The file key. Throws `wrong-passphrase`. */
export function openByPassphrase(crypto: Crypto, recipients: readonly Recipient[], passphrase: Uint8Array): Uint8Array {
  for (const recipient of recipients) {
    if (recipient.sort !== "passphrase") continue;
    const wrapping = crypto.passwordHash(passphrase, recipient.salt, recipient.ops, recipient.memory);
    const key = crypto.open(wrapping, recipient.nonce, recipient.sealed, NO_AAD);
    crypto.wipe(wrapping);
    if (key?.length === KEY) return key;
  }
  const hasPassphrase = recipients.some(({ sort }) => sort === "passphrase");
  throw new HomeportError(
    "wrong-passphrase",
    hasPassphrase
      ? "This is not the passphrase of this backup."
      : "This backup was made for the recovery words; give them by --words-file.",
  );
}

export function recipientToCbor(recipient: Recipient): Cbor {
  if (recipient.sort === "words") return [SORT.words, recipient.box, recipient.sealed];
  const { salt, ops, memory, nonce, sealed } = recipient;
  return [SORT.passphrase, salt, ops, memory, nonce, sealed];
}

/** Undefined for a sort of a later version. Throws `MalformedError`. */
export function recipientFromCbor(value: Cbor): Recipient | undefined {
  if (!isList(value)) throw new MalformedError("not a recipient");
  const [sort, ...fields] = value;
  if (sort === SORT.words) return { sort: "words", box: bytesField(fields[0], KEY), sealed: bytesField(fields[1], KEY + 48) };
  if (sort !== SORT.passphrase) return undefined;
  const [salt, ops, memory, nonce, sealed] = fields;
  return {
    ...{ sort: "passphrase", salt: bytesField(salt, 16), ops: intField(ops, 1, MOST.ops), memory: intField(memory, 8192, MOST.memory) },
    ...{ nonce: bytesField(nonce, NONCE), sealed: bytesField(sealed, KEY + 16) },
  };
}
