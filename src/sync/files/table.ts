import type { FileRef } from "../content/file.ts";
import { textSchema } from "../content/text.ts";
import type { Reader } from "../core.ts";
import { toHex } from "../encoding/bytes.ts";
import type { Sql } from "../ports.ts";
import { Bitmap } from "./bitmap.ts";
import { chunkCount } from "./layout.ts";

/** As stored: never reuse a number. */
export const STATE = { away: 1, wanted: 2, here: 3 } as const;
export const WANTED = { byRule: 1, byPerson: 2 } as const;

export interface FileRow {
  row: number;
  /** 32 bytes. */
  root: Uint8Array;
  size: number;
  state: (typeof STATE)[keyof typeof STATE];
  /** 1 where it was imported on this device. */
  own: 0 | 1;
  /** Bytes of the file that are here. */
  bytes: number;
  wanted: number;
  used: number;
}

const COLUMNS = "row, root, size, state, own, bytes, wanted, used";

/** Where an entry names a file: the entry's row, and which of its files it is. */
export interface FilePlace {
  entry: number;
  n: number;
  conversation: number;
}

/** Reading and writing of the tables in `projection.ts`; writes belong into a transaction. */
export const files = {
  get: (sql: Sql, row: number): FileRow | undefined => sql.get<FileRow>(`select ${COLUMNS} from file where row = ?`, row),
  /** Of several with this root only one can be real: the one of which there is most. */
  byRoot: (sql: Sql, root: Uint8Array): FileRow | undefined =>
    sql.get<FileRow>(`select ${COLUMNS} from file where root = ? order by state desc, bytes desc limit 1`, root),
  find: (sql: Sql, root: Uint8Array, size: number): FileRow | undefined =>
    sql.get<FileRow>(`select ${COLUMNS} from file where root = ? and size = ?`, root, size),
  inState: (sql: Sql, state: FileRow["state"]): FileRow[] => sql.all<FileRow>(`select ${COLUMNS} from file where state = ?`, state),
  /** Newest first; of one conversation, if one is given. */
  places: (sql: Sql, conversation: number | undefined, limit: number): (FilePlace & { file: number })[] =>
    conversation === undefined
      ? sql.all("select entry, n, file, conversation from file_ref order by entry desc, n limit ?", limit)
      : sql.all(
          "select entry, n, file, conversation from file_ref where conversation = ? order by entry desc, n limit ?",
          conversation,
          limit,
        ),
  placesOf: (sql: Sql, file: number): FilePlace[] =>
    sql.all<FilePlace>("select entry, n, conversation from file_ref where file = ? order by entry desc limit 64", file),
  rowsOfEntry: (sql: Sql, entry: number): number[] =>
    sql.all<{ file: number }>("select file from file_ref where entry = ? order by n", entry).map(({ file }) => file),

  /** The chunks of it that are here. */
  bitmap(sql: Sql, file: FileRow): Bitmap {
    const length = chunkCount(file.size);
    if (file.state === STATE.here) return Bitmap.full(length);
    const bits = sql.get<{ bits: Uint8Array | null }>("select bits from file where row = ?", file.row)?.bits;
    return new Bitmap(length, bits ?? undefined);
  },
  setState: (sql: Sql, row: number, state: FileRow["state"], wanted: number) =>
    sql.run("update file set state = ?, wanted = ? where row = ?", state, wanted, row),
  setBitmap: (sql: Sql, row: number, bits: Uint8Array, bytes: number) =>
    sql.run("update file set bits = ?, bytes = ? where row = ?", bits, bytes, row),
  setHere: (sql: Sql, row: number, size: number) =>
    sql.run("update file set state = ?, wanted = 0, bits = null, bytes = ? where row = ?", STATE.here, size, row),
  /** Nothing of it is here any more. */
  setAway: (sql: Sql, row: number) =>
    sql.run("update file set state = ?, wanted = 0, own = 0, bits = null, bytes = 0 where row = ?", STATE.away, row),
  touch: (sql: Sql, row: number, now: number) => sql.run("update file set used = ? where row = ?", now, row),
  setOwn: (sql: Sql, root: Uint8Array, size: number) =>
    sql.run("update file set state = ?, own = 1, bytes = size where root = ? and size = ?", STATE.here, root, size),
};

/** Of the blob that holds it. */
export const blobName = ({ root, size }: { root: Uint8Array; size: number }): string => `${toHex(root)}-${size.toString(36)}`;

/** What the entry says of the file. Undefined where the body was erased. */
export function refAt(reader: Reader, place: { entry: number; n: number }): FileRef | undefined {
  const parsed = textSchema.safeParse(reader.body(place.entry));
  return parsed.success ? parsed.data.files?.[place.n] : undefined;
}
