import type { Checked, Result } from "../api/methods.ts";

/** Backups, as the device API needs them; a device without a disk of its own makes none. Errors are `HomeportError`s. */
export interface BackupPort {
  create(params: Checked<"backup.create">): Promise<Result<"backup.create">>;
  list(folder: string | undefined): Promise<Result<"backup.list">>;
}
