import { existsSync } from "node:fs";
import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { CheckRow } from "../../api/status.ts";
import type { Sql } from "../../sync/ports.ts";
import { copyPath } from "../migration-copy.ts";
import { databasePath } from "../profile-store.ts";

const LEAST_FREE = 256 * 1024 * 1024;
/** What nobody else may read. */
const SECRET = /^(homeport\.db.*|.*\.key|.*\.cred|recovery-words\.txt)$/;

export async function checkDisk(data: string): Promise<CheckRow> {
  const { bavail, bsize } = await statfs(data);
  const free = bavail * bsize;
  const megabytes = Math.floor(free / 1024 / 1024);
  if (free >= LEAST_FREE) return { check: "disk", ok: true, message: `${megabytes} MB are free.` };
  return {
    check: "disk",
    ok: false,
    message: `Only ${megabytes} MB are free.`,
    fix: "Free some space: nothing new can be stored on a full disk.",
  };
}

/** Windows guards a user's files by other means. */
export async function checkFiles(data: string): Promise<CheckRow> {
  const names = process.platform === "win32" ? [] : (await readdir(data)).filter((name) => SECRET.test(name));
  const uid = process.getuid?.();
  const wrong: string[] = [];
  for (const name of names) {
    const found = await stat(join(data, name)).catch(() => undefined);
    if (found && ((found.mode & 0o077) !== 0 || found.uid !== uid)) wrong.push(name);
  }
  if (wrong.length === 0) return { check: "files", ok: true, message: "The database and the key files are readable by you alone." };
  return {
    check: "files",
    ok: false,
    message: `Others can read, or own: ${wrong.slice(0, 5).join(", ")}.`,
    fix: `Run \`chmod 600\` on them in ${data}, as the user that Homeport runs as.`,
  };
}

export function checkDatabase(sql: Sql): CheckRow {
  const result = sql.get<{ quick_check: string }>("pragma quick_check(1)")?.quick_check;
  if (result === "ok") return { check: "database", ok: true, message: "The database is sound." };
  return {
    check: "database",
    ok: false,
    message: "The database is damaged.",
    fix: "Stop Homeport, keep a copy of the folder, and link this device again.",
  };
}

/** The database is at its newest version while the node runs: a copy from before has no use any more. */
export function checkMigration(data: string): CheckRow {
  const copy = copyPath(databasePath(data));
  if (!existsSync(copy))
    return { check: "migration", ok: true, message: "The database is at this version, and no copy of an older one is left." };
  return {
    check: "migration",
    ok: false,
    message: "A copy of the database from before an update is still there.",
    fix: `Remove ${copy}: it holds what may have been deleted since.`,
  };
}
