import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BackupRow } from "../../api/backup.ts";
import { sameBytes } from "../../sync/encoding/bytes.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Crypto } from "../../sync/ports.ts";
import { openBackup } from "./read-file.ts";

const EXTENSION = ".homeport";
/** Names that the schedule gives: only such files are ever removed. */
const SCHEDULED = /^homeport-\d{8}-\d{6}\.homeport$/;
const MAX_LISTED = 10_000;

/** e.g. `homeport-20260301-030000.homeport`, in UTC. */
export function scheduledName(now: number): string {
  const digits = new Date(now).toISOString().replace(/\D/g, "");
  return `homeport-${digits.slice(0, 8)}-${digits.slice(8, 14)}${EXTENSION}`;
}

/** The backups of the account in a folder, newest first; what is none, or of others, is left out. Rejects with `no-folder`. */
export async function listBackups(crypto: Crypto, folder: string, account: Uint8Array): Promise<BackupRow[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    throw new HomeportError("no-folder", `${folder} cannot be read (${code ?? "unknown error"}); check the folder and its permissions.`, {
      cause,
    });
  });
  const rows: BackupRow[] = [];
  for (const name of names.filter((candidate) => candidate.endsWith(EXTENSION)).slice(0, MAX_LISTED)) {
    const row = await rowOf(crypto, join(folder, name), account);
    if (row) rows.push(row);
  }
  return rows.sort((a, b) => b.created - a.created);
}

/** Removes all but the newest of those that the schedule made. */
export async function prune(crypto: Crypto, folder: string, account: Uint8Array, keep: number): Promise<void> {
  const rows = await listBackups(crypto, folder, account);
  const made = rows.filter(({ file }) => SCHEDULED.test(file.slice(folder.length + 1)));
  for (const { file } of made.slice(keep)) await rm(file, { force: true });
}

async function rowOf(crypto: Crypto, file: string, account: Uint8Array): Promise<BackupRow | undefined> {
  try {
    const backup = await openBackup(crypto, file);
    await backup.close();
    const { created, recipients } = backup.header;
    return sameBytes(backup.header.account, account)
      ? { file, bytes: backup.bytes, created, opens: recipients.map(({ sort }) => sort) }
      : undefined;
  } catch (error) {
    if (error instanceof HomeportError) return undefined;
    throw error;
  }
}
