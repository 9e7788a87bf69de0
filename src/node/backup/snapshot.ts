import { createReadStream } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type NodeSql, openSqlite } from "../sqlite.ts";
import type { Part } from "./write-file.ts";
import { PART } from "../../sync/backup/manifest.ts";

const SNAPSHOT = "backup.tmp";
const LEFT_OVERS = ["", "-wal", "-shm", "-journal"].map((suffix) => SNAPSHOT + suffix);

/** What an interrupted backup left. */
export async function removeSnapshots(folder: string): Promise<void> {
  for (const name of LEFT_OVERS) await rm(join(folder, name), { force: true });
}

export interface Snapshot {
  part: Part;
  entries: number;
  /** Version of each component's tables. */
  schema: Record<string, number>;
  /** The copy goes. */
  remove(): Promise<void>;
}

/**
 * A copy of the database as it is now, without what belongs to this device alone: its keys and how they are wrapped (B5). It
 * lies in the data folder for as long as it takes to write the backup, sealed as the database itself.
 */
export async function takeSnapshot(sql: NodeSql, folder: string): Promise<Snapshot> {
  await removeSnapshots(folder);
  const path = join(folder, SNAPSHOT);
  // SQLite gives its other files the mode of this one.
  await (await open(path, "wx", 0o600)).close();
  try {
    await sql.copyTo(path);
    const { entries, schema } = stripped(path);
    const { size } = await stat(path);
    const bytes = () => createReadStream(path, { highWaterMark: 64 * 1024 });
    return { part: { name: PART.database, size, required: true, bytes }, entries, schema, remove: () => removeSnapshots(folder) };
  } catch (error) {
    await removeSnapshots(folder);
    throw error;
  }
}

function stripped(path: string): Pick<Snapshot, "entries" | "schema"> {
  const copy = openSqlite(path);
  try {
    // Overwritten, as everything that is deleted: `secure_delete` is on.
    copy.run("delete from profile where key not like 'setting/%'");
    const rows = copy.all<{ component: string; version: number }>("select component, version from schema_version");
    const entries = copy.get<{ n: number }>("select count(*) as n from entry")?.n ?? 0;
    // Into one file, that says nothing of a journal.
    copy.exec("pragma wal_checkpoint(truncate); pragma journal_mode = delete");
    return { entries, schema: Object.fromEntries(rows.map(({ component, version }) => [component, version])) };
  } finally {
    copy.close();
  }
}
