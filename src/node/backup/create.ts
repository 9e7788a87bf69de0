import { backupKeyOf } from "../../device/backup-key.ts";
import { encodeManifest, type Manifest, PART } from "../../sync/backup/manifest.ts";
import { forPassphrase, forWords, type Recipient } from "../../sync/backup/recipients.ts";
import type { Device } from "../../sync/device.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { NodeSql } from "../sqlite.ts";
import { type Counted, fileParts } from "./files.ts";
import { takeSnapshot } from "./snapshot.ts";
import { type Part, writeBackup } from "./write-file.ts";

export interface BackupSource {
  device: Device;
  sql: NodeSql;
  /** Seals what is at rest, 32 bytes. */
  dataKey: Uint8Array;
  /** The data folder. */
  data: string;
  version: string;
  /** Where the content of files lies. */
  files: string;
}

export interface Made {
  file: string;
  bytes: number;
  /** Milliseconds since 1970. */
  created: number;
  entries: number;
  /** Of how many files the content is in it, and how many bytes that is; null where it was not asked for. */
  files: Counted | null;
  /** What opens it. */
  opens: Recipient["sort"][];
}

/**
 * Writes everything but the keys of this device into a new encrypted file, while all goes on. Rejects with `no-recipient` where
 * there is neither a passphrase nor a key for the recovery words, and as `writeBackup` does.
 */
export async function createBackup(
  source: BackupSource,
  file: string,
  passphrase: Uint8Array | undefined,
  withFiles = false,
): Promise<Made> {
  const { device, sql, data } = source;
  const { crypto, random } = device;
  const fileKey = random.bytes(32);
  const recipients = recipientsOf(device, fileKey, passphrase);
  const snapshot = await takeSnapshot(sql, data);
  try {
    const created = device.now();
    const { entries, schema } = snapshot;
    const account = device.account.account;
    const manifest = { program: source.version, device: device.self, account, created, entries, schema };
    const files = withFiles ? { count: 0, bytes: 0 } : null;
    const parts = partsOf([...smallParts(manifest, source.dataKey), snapshot.part], files && fileParts(sql, source.files, files));
    const bytes = await writeBackup(crypto, file, { header: { created, account, recipients }, fileKey, parts });
    return { file, bytes, created, entries, files, opens: recipients.map(({ sort }) => sort) };
  } finally {
    crypto.wipe(fileKey);
    await snapshot.remove();
  }
}

function recipientsOf(device: Device, fileKey: Uint8Array, passphrase: Uint8Array | undefined): Recipient[] {
  const { crypto, random } = device;
  const key = backupKeyOf(device);
  const recipients = [
    ...(key ? [forWords(crypto, key.box, fileKey)] : []),
    ...(passphrase ? [forPassphrase(crypto, random, passphrase, fileKey)] : []),
  ];
  if (recipients.length > 0) return recipients;
  throw new HomeportError(
    "no-recipient",
    "Nothing could open this backup: the account has no recovery words, or they were made before backups (`homeport account rotate-recovery` renews them). Give --passphrase-file FILE.",
  );
}

function smallParts(manifest: Manifest, dataKey: Uint8Array): Part[] {
  const part = (name: string, content: Uint8Array): Part => ({ name, size: content.length, required: true, bytes: () => once(content) });
  return [part(PART.manifest, encodeManifest(manifest)), part(PART.dataKey, dataKey)];
}

async function* partsOf(first: readonly Part[], more: AsyncIterable<Part> | null): AsyncGenerator<Part> {
  yield* first;
  if (more) yield* more;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
