import type { Crypto } from "../../sync/ports.ts";
import { readContents } from "./contents.ts";
import { openBackup } from "./read-file.ts";
import { type BackupSecret, fileKeyOf } from "./secret.ts";
import type { Recipient } from "../../sync/backup/recipients.ts";

export interface Verified {
  file: string;
  bytes: number;
  /** Milliseconds since 1970. */
  created: number;
  account: Uint8Array;
  opens: Recipient["sort"][];
  /** Opened and authentic to the end. False: only checked for damage. */
  opened: boolean;
  /** Known only where it was opened. */
  entries: number | null;
}

/** Reads all of a backup. Without a secret it finds damage, with one also whether somebody changed it. Rejects as `openBackup`. */
export async function verifyBackup(crypto: Crypto, path: string, secret: BackupSecret | undefined): Promise<Verified> {
  const file = await openBackup(crypto, path);
  try {
    const { header, bytes } = file;
    const about = { file: path, bytes, created: header.created, account: header.account, opens: header.recipients.map(({ sort }) => sort) };
    await file.checkDigest();
    if (!secret) return { ...about, opened: false, entries: null };
    const fileKey = fileKeyOf(crypto, header.recipients, secret);
    const contents = await readContents(file.parts(fileKey));
    crypto.wipe(contents.dataKey);
    await contents.database(async (content) => {
      for await (const _ of content);
    });
    return { ...about, opened: true, entries: contents.manifest.entries };
  } finally {
    await file.close();
  }
}
