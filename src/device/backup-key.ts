import { type BackupKey, isBackupKey, makeBackupKey } from "../sync/backup/backup-key.ts";
import { KIND } from "../sync/content/kinds.ts";
import type { Device } from "../sync/device.ts";
import { MalformedError } from "../sync/errors.ts";

/**
 * Tells the own devices how to make backups for the recovery words. To be called wherever the words are at hand: when they are
 * made, changed or entered. `entropy` is theirs, and the caller's to wipe.
 */
export function publishBackupKey(device: Device, entropy: Uint8Array): void {
  sayBackupKey(device, makeBackupKey(device.crypto, device.account.account, entropy));
}

/** One that was made where the words were entered. Throws `MalformedError` for one that the account's words did not sign. */
export function sayBackupKey(device: Device, { box, recovery, signature }: BackupKey): void {
  if (!isBackupKey(device.crypto, device.account.account, { box, recovery, signature }))
    throw new MalformedError("a backup key without its signature");
  device.transact((writer) => writer.append(device.ownLog.row, KIND.backupKey, { box, recovery, signature }));
}

/** The key of the recovery words that hold now; undefined where no device has said it. */
export function backupKeyOf(device: Device): BackupKey | undefined {
  const { hash } = device.account.recovery;
  const key = hash && device.sql.get<BackupKey>("select box, recovery, signature from backup_key where hash = ?", hash);
  return key && isBackupKey(device.crypto, device.account.account, key) ? key : undefined;
}
