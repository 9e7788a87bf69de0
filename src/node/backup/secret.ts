import { entropyOfWords } from "../../sync/account/recovery-key.ts";
import { backupKeypair } from "../../sync/backup/backup-key.ts";
import { openByPassphrase, openByWords, type Recipient } from "../../sync/backup/recipients.ts";
import { fromUtf8 } from "../../sync/encoding/bytes.ts";
import type { Crypto } from "../../sync/ports.ts";

/** What opens a backup: the 24 words as UTF-8, or its passphrase. The bytes are the owner's to wipe. */
export type BackupSecret = { words: Uint8Array } | { passphrase: Uint8Array };

/** The file key. Throws `wrong-words`, `wrong-passphrase`. */
export function fileKeyOf(crypto: Crypto, recipients: readonly Recipient[], secret: BackupSecret): Uint8Array {
  if ("passphrase" in secret) return openByPassphrase(crypto, recipients, secret.passphrase);
  const entropy = entropyOfWords(fromUtf8(secret.words));
  const keypair = backupKeypair(crypto, entropy);
  try {
    return openByWords(crypto, recipients, keypair);
  } finally {
    crypto.wipe(entropy);
    crypto.wipe(keypair.secretKey);
  }
}
