import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";

/**
 * Runs `work` while no other process does so in this folder. SQLite's file lock is used because the kernel drops it
 * when its holder dies, so that none is ever stale.
 */
export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const database = new Database(join(folder, "lock.sqlite"), { timeout: 0 });
  try {
    while (!taken(database)) await sleep(100);
    return await work();
  } finally {
    database.close();
  }
}

function taken(database: Database.Database): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY")) return false;
    throw error;
  }
}
