/** A5: what the recovery key signs. The key comes from the words (`recoveryKeypair`); nothing here keeps it. */
import { DOMAIN } from "../domains.ts";
import { sameBytes } from "../encoding/bytes.ts";
import { HomeportError } from "../errors.ts";
import type { Crypto, Signer } from "../ports.ts";
import { countersignAdd, type Draft, draftOf } from "./author.ts";
import { encodeOp } from "./op.ts";
import type { OpBody } from "./op-body.ts";
import { OpSet } from "./op-set.ts";
import { recoveryHash } from "./recovery-key.ts";

export interface RecoverDecision {
  /** Keys of the devices that stay, those included that somebody revoked; all others are revoked. */
  keep: readonly Uint8Array[];
  /** Ids of earlier ops that are to have no effect. Nothing that was said against a device in `keep` needs to be among them. */
  voids?: readonly Uint8Array[];
  /** Hash of the recovery key that holds from now on (`recoveryHash`); null for none. */
  recovery: Uint8Array | null;
}

export interface Keypair {
  publicKey: Uint8Array;
  secretKey: Uint8Array;
}

/** Signs a `recover`. Not committed. Throws `wrong-words` where the key is not the account's. */
export function authorRecover(crypto: Crypto, set: OpSet, key: Keypair, { keep, voids = [], recovery }: RecoverDecision): Uint8Array {
  requireKey(crypto, set, key);
  return signed(crypto, set, key, { type: "recover", epoch: set.state.recovery.epoch + 1, keep, voids, recovery });
}

/** A1: the key hands over to another and does nothing else. Not committed. Throws `wrong-words`. */
export function authorRotation(crypto: Crypto, set: OpSet, key: Keypair, recovery: Uint8Array): Uint8Array {
  requireKey(crypto, set, key);
  return signed(crypto, set, key, { type: "set-recovery", epoch: set.state.recovery.epoch + 1, recovery });
}

export interface RecoverInto {
  crypto: Crypto;
  /** All ops of the account that are known, in any order: of another device, of an export or of a backup. */
  ops: readonly Uint8Array[];
  /** Id of the account, 32 bytes. */
  account: Uint8Array;
  /** Of the words: `recoveryKeypair(crypto, entropyOfWords(text))`. The caller wipes it. */
  key: Keypair;
  /** The new device's key. */
  signer: Signer;
  /** Older devices that stay; none where all are lost. */
  keep?: readonly Uint8Array[];
  /** Hash of the next recovery key, whose words the person must have been shown before this. */
  recovery: Uint8Array | null;
}

/**
 * Makes a new device a member of the account by the words alone: with an empty data folder, from a backup or an export
 * (B5: neither holds a device key). Returns all ops, parents first, for `Device.open({ ops })` of a profile that was made
 * with the signer's key. In order: read the words, make new ones (`createRecoveryEntropy`, `recoveryWords`) and show them,
 * call this, store the profile, wipe all keys. Throws `wrong-words`, or `MalformedError` for ops of another account.
 */
export async function recoverInto({ crypto, ops, account, key, signer, keep = [], recovery }: RecoverInto): Promise<Uint8Array[]> {
  const set = new OpSet(crypto, account);
  for (const op of ops) set.add(op);
  requireKey(crypto, set, key);
  set.add(await addByKey(crypto, set, key, signer));
  set.add(authorRecover(crypto, set, key, { keep: [signer.publicKey, ...keep], recovery }));
  return set.all();
}

async function addByKey(crypto: Crypto, set: OpSet, key: Keypair, signer: Signer): Promise<Uint8Array> {
  const draft = draftOf(crypto, set, key.publicKey, { type: "add", device: signer.publicKey, class: "full" });
  const consent = await countersignAdd(crypto, signer, set.account, draft.signedPart);
  return encodeOp(draft.signedPart, signatureOf(crypto, draft, key), consent);
}

function signed(crypto: Crypto, set: OpSet, key: Keypair, body: OpBody): Uint8Array {
  const draft = draftOf(crypto, set, key.publicKey, body);
  return encodeOp(draft.signedPart, signatureOf(crypto, draft, key), null);
}

const signatureOf = (crypto: Crypto, draft: Draft, key: Keypair): Uint8Array =>
  crypto.sign(DOMAIN.accountOp, draft.signedPart, key.secretKey);

/** Throws `wrong-words`, or `no-recovery` where the account has no recovery key. */
export function requireKey(crypto: Crypto, set: OpSet, key: Keypair): void {
  const { hash } = set.state.recovery;
  if (hash === null)
    throw new HomeportError("no-recovery", "The account has no recovery words, so nothing can bring it back; see docs/recovery.md.");
  if (!sameBytes(hash, recoveryHash(crypto, key.publicKey)))
    throw new HomeportError("wrong-words", "These recovery words are not those of the account.");
}
