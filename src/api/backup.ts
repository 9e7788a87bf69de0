import { z } from "zod";
import { time } from "./common.ts";

/** Path on the machine of the device, absolute. */
const path = z.string().min(1).max(4096);

/** What opens a backup. */
const opens = z.array(z.enum(["words", "passphrase"])).max(16);

export const madeBackup = z.object({
  file: path,
  bytes: z.int().nonnegative(),
  created: time,
  /** How many entries of the log it holds. */
  entries: z.int().nonnegative(),
  /** Of how many files the content is in it; null where that was not asked for. */
  files: z.object({ count: z.int().nonnegative(), bytes: z.int().nonnegative() }).nullable(),
  opens,
});
export type MadeBackup = z.output<typeof madeBackup>;

export const backupRow = z.object({ file: path, bytes: z.int().nonnegative(), created: time, opens });
export type BackupRow = z.output<typeof backupRow>;

export const backupMethods = {
  "backup.create": {
    summary: "Writes everything but the keys of this device into a new encrypted file, while all goes on.",
    params: z.strictObject({
      /** A file that is not there yet. Without one: a new name in the folder of the schedule. */
      file: path.optional(),
      /** File with a passphrase that opens the backup, beside the recovery words. */
      passphraseFile: path.optional(),
      /** With the content of the files that are whole on this device. */
      files: z.boolean().optional(),
    }),
    result: madeBackup,
  },
  "backup.list": {
    summary: "The backups of this account in a folder, newest first.",
    params: z.strictObject({ folder: path.optional() }),
    result: z.object({
      folder: path,
      backups: z.array(backupRow).max(10_000),
      /** Of the schedule; null where there is none. */
      next: time.nullable(),
      /** How the last scheduled one failed; null where it did not. */
      failed: z.object({ at: time, message: z.string().max(1024) }).nullable(),
    }),
  },
} as const;
