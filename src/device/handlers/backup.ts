import type { Handlers } from "../../api/methods.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { BackupPort } from "../backup-port.ts";
import type { HandlerContext } from "../context.ts";

export function backupHandlers({ backups }: HandlerContext): Pick<Handlers, "backup.create" | "backup.list"> {
  return {
    "backup.create": async (params) => required(backups).create(params),
    "backup.list": async ({ folder }) => required(backups).list(folder),
  };
}

function required(backups: BackupPort | undefined): BackupPort {
  if (!backups) throw new HomeportError("unsupported", "This device makes no backups; make them on your home PC.");
  return backups;
}
