import { KIND } from "../content/kinds.ts";
import { textSchema } from "../content/text.ts";
import type { Projection, StoredEntry, Writer } from "../core.ts";
import type { Cbor } from "../encoding/cbor.ts";
import { Listeners } from "../listeners.ts";
import { chunkCount } from "./layout.ts";
import { STATE } from "./table.ts";
import { dropErased } from "../store/derived.ts";

const MIGRATIONS = [
  `
  -- A file that some entry names. state: 1 not here, 2 to be fetched, 3 here. own: imported on this device, so that its copy
  -- is the original. bits: the chunks that are here while not all are. bytes: of these. wanted: 1 by rule, 2 by the person.
  -- used: when it was last opened here, else when it was sent; milliseconds since 1970. The keys are in the bodies of the entries, and go with these.
  create table file (row integer primary key, root blob not null, size integer not null, state integer not null, own integer not null,
    bits blob, bytes integer not null, wanted integer not null, used integer not null, unique (root, size));
  create index file_state on file (state, own, used);
  create table file_ref (entry integer not null, n integer not null, file integer not null references file, conversation integer not null,
    primary key (entry, n)) without rowid;
  create index file_ref_file on file_ref (file, entry);
  create index file_ref_conversation on file_ref (conversation, entry);
  `,
];

export interface FilesProjection extends Projection {
  /** After the commit: an entry from another device names this file. */
  readonly named: Listeners<[file: number]>;
  /** After the commit: no entry names these files any more. */
  readonly dropped: Listeners<[files: { row: number; root: Uint8Array; size: number }[]]>;
}

/** Knows which entry names which file, and forgets a file with the last entry that names it (E2, E3). */
export function createFilesProjection(): FilesProjection {
  const named = new Listeners<[number]>();
  const dropped = new Listeners<[{ row: number; root: Uint8Array; size: number }[]]>();
  const drop = (writer: Writer) => {
    const rows = writer.sql.all<{ row: number; root: Uint8Array; size: number }>(
      "select row, root, size from file where not exists (select 1 from file_ref where file = file.row)",
    );
    for (const { row } of rows) writer.sql.run("delete from file where row = ?", row);
    if (rows.length > 0) writer.afterCommit(() => dropped.tell(rows));
  };
  return {
    name: "files",
    migrations: MIGRATIONS,
    kinds: new Set([KIND.text]),
    named,
    dropped,
    integrated(writer, entry, body) {
      for (const file of refer(writer, entry, body)) if (!entry.own) writer.afterCommit(() => named.tell(file));
    },
    erased(writer, entry) {
      if (writer.sql.run("delete from file_ref where entry = ?", entry.row).changes > 0) drop(writer);
    },
    conversationErased(writer, conversation) {
      if (dropErased(writer.sql, "file_ref", conversation, "e.row = file_ref.entry")) drop(writer);
    },
  };
}

/** Rows of the files that the entry names. */
function refer(writer: Writer, entry: StoredEntry, body: Cbor | undefined): number[] {
  const parsed = textSchema.safeParse(body);
  const files = parsed.success ? (parsed.data.files ?? []) : [];
  return files.map(({ root, size }, n) => {
    writer.sql.run(
      "insert or ignore into file (root, size, state, own, bits, bytes, wanted, used) values (?, ?, ?, 0, null, 0, 0, ?)",
      ...[root, size, chunkCount(size) === 0 ? STATE.here : STATE.away, Math.min(entry.hlc.ms, writer.now())],
    );
    const { row } = writer.sql.get<{ row: number }>("select row from file where root = ? and size = ?", root, size) as { row: number };
    writer.sql.run(
      "insert or ignore into file_ref (entry, n, file, conversation) values (?, ?, ?, ?)",
      ...[entry.row, n, row, entry.conversationRow],
    );
    return row;
  });
}
