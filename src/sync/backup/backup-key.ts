import { DOMAIN } from "../domains.ts";
import { concat, utf8 } from "../encoding/bytes.ts";
import type { Crypto } from "../ports.ts";
import { recoveryKeypair } from "../account/recovery-key.ts";
import type { BoxKeypair } from "./recipients.ts";

/** What own devices keep to make backups that only the recovery words open. */
export interface BackupKey {
  /** Public key of sealed boxes, 32 bytes. */
  box: Uint8Array;
  /** Recovery public key, 32 bytes: the account names its hash. */
  recovery: Uint8Array;
  /** By the recovery key over account and `box`, so that no stolen device can put another key in its place. */
  signature: Uint8Array;
}

/** X25519, from the entropy of the recovery words under a domain of its own (K3). The caller wipes `secretKey`. */
export function backupKeypair(crypto: Crypto, entropy: Uint8Array): BoxKeypair {
  const seed = crypto.mac(entropy, DOMAIN.backupKey, utf8("seed"));
  const keypair = crypto.boxKeypair(seed);
  crypto.wipe(seed);
  return keypair;
}

/** `entropy` of the recovery words that hold for the account. */
export function makeBackupKey(crypto: Crypto, account: Uint8Array, entropy: Uint8Array): BackupKey {
  const { publicKey: box, secretKey } = backupKeypair(crypto, entropy);
  const recovery = recoveryKeypair(crypto, entropy);
  const signature = crypto.sign(DOMAIN.backupKey, concat(account, box), recovery.secretKey);
  for (const secret of [secretKey, recovery.secretKey]) crypto.wipe(secret);
  return { box, recovery: recovery.publicKey, signature };
}

export function isBackupKey(crypto: Crypto, account: Uint8Array, { box, recovery, signature }: BackupKey): boolean {
  return crypto.verify(DOMAIN.backupKey, concat(account, box), signature, recovery);
}
