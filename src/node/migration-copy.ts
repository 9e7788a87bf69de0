import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { HomeportError } from "../sync/errors.ts";
import type { Sql } from "../sync/ports.ts";
import { type Component, migrate, standingOf } from "../sync/store/migrate.ts";
import { inspectSqlite } from "./sqlite.ts";

/** Of the size of the database, that has to be free beside it. */
const ROOM = 1.2;

/** Where the copy of a database lies while it is migrated. */
export const copyPath = (database: string): string => `${database}.before-migration`;

/**
 * `migrate` with a copy of the database beside it, checked before the first step is taken and removed after the last. A database
 * that was interrupted on the way keeps the copy of its first attempt. Throws `disk-full` before anything is touched where there is
 * no room, and `migration-failed` where a step fails: the copy stays.
 */
export function migrateWithCopy(sql: Sql, database: string, components: readonly Component[]): void {
  const copy = copyPath(database);
  const standing = standingOf(sql, components);
  if (standing === "older" && !existsSync(copy)) makeCopy(sql, database, copy);
  try {
    migrate(sql, components);
  } catch (cause) {
    if (cause instanceof HomeportError || standing !== "older") throw cause;
    throw new HomeportError(
      "migration-failed",
      `The database could not be brought to this version. To go on with the version before, install that and put ${copy} in the place of ${database}.`,
      { cause },
    );
  }
}

/** After all components were migrated. */
export function removeCopy(database: string): void {
  rmSync(copyPath(database), { force: true });
}

function makeCopy(sql: Sql, database: string, copy: string): void {
  const { bavail, bsize } = statfsSync(dirname(database));
  const needed = Math.ceil(statSync(database).size * ROOM);
  if (bavail * bsize < needed)
    throw new HomeportError(
      "disk-full",
      `An update of the database needs ${megabytes(needed)} MB for a copy of it. Free some space, and start again.`,
    );
  const unfinished = `${copy}.unfinished`;
  rmSync(unfinished, { force: true });
  // An empty file is taken, and keeps its mode.
  writeFileSync(unfinished, "", { mode: 0o600, flag: "wx" });
  sql.run("vacuum into ?", unfinished);
  const { sound, versions } = inspectSqlite(unfinished);
  if (!sound || versions !== versionsOf(sql))
    throw new HomeportError(
      "migration-failed",
      "The copy of the database before its update is not sound; nothing was changed. Check the disk.",
    );
  sync(unfinished);
  renameSync(unfinished, copy);
  if (process.platform !== "win32") sync(dirname(copy));
}

const versionsOf = (sql: Sql): string => JSON.stringify(sql.all("select component, version from schema_version order by component"));

function sync(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1024 / 1024);
