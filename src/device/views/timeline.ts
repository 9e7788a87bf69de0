import type { Reader } from "../../sync/core.ts";

const ORDER = "place_ms, place_n, hlc_ms, hlc_n, tie";
const NEWEST_FIRST = ORDER.split(", ")
  .map((column) => `${column} desc`)
  .join(", ");

/** Rows of the lines of a conversation, newest first in the order of the view (B2); from before an entry, if one is given. */
export function entriesBefore(reader: Reader, conversation: number, before: number | undefined, limit: number): number[] {
  const bound = before === undefined ? "" : `and (${ORDER}) < (select ${ORDER} from entry where row = ?)`;
  const params = before === undefined ? [conversation] : [conversation, before];
  return reader.sql
    .all<{ row: number }>(
      `select row from entry where conversation = ? and shown = 1 ${bound} order by ${NEWEST_FIRST} limit ?`,
      ...params,
      limit,
    )
    .map(({ row }) => row);
}

/** Rows of the lines of a conversation, oldest first; from after an entry, if one is given. */
export function entriesAfter(reader: Reader, conversation: number, after: number | undefined, limit: number): number[] {
  const bound = after === undefined ? "" : `and (${ORDER}) > (select ${ORDER} from entry where row = ?)`;
  const params = after === undefined ? [conversation] : [conversation, after];
  return reader.sql
    .all<{ row: number }>(`select row from entry where conversation = ? and shown = 1 ${bound} order by ${ORDER} limit ?`, ...params, limit)
    .map(({ row }) => row);
}

/** Row of the first line that stands at a time (milliseconds since 1970) or later; undefined where there is none. */
export function entrySince(reader: Reader, conversation: number, time: number): number | undefined {
  return reader.sql.get<{ row: number }>(
    `select row from entry where conversation = ? and shown = 1 and place_ms >= ? order by ${ORDER} limit 1`,
    ...[conversation, time],
  )?.row;
}
