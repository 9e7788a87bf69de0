import type { Sql } from "../ports.ts";
import { placeOf } from "./sealing.ts";
import type { Segments } from "./segments.ts";

interface ErasePorts {
  sql: Sql;
  segments: Segments;
}

interface SealedRow {
  row: number;
  conversation: number;
  feed: number;
  seq: number;
  segment: number;
  body: Uint8Array;
}

/** Looked at in one step while a segment's entries are gathered. */
const STEP = 64;

/**
 * R2: erases the bodies of these entries. Each segment that held one gets a new key, under which the bodies that stay are sealed
 * again; a segment that is empty now goes with its key. Returns the rows that had a body until now.
 */
export function eraseBodies({ sql, segments }: ErasePorts, rows: readonly number[]): number[] {
  const erased = new Map<number, SealedRow[]>();
  for (const row of new Set(rows)) {
    const found = sql.get<SealedRow>(
      "select row, conversation, feed, seq, segment, body from entry where row = ? and body is not null",
      row,
    );
    if (found) erased.set(found.segment, [...(erased.get(found.segment) ?? []), found]);
  }
  for (const [segment, gone] of erased) {
    const stays = entriesOf(sql, gone[0] as SealedRow).filter(({ row }) => !gone.some((entry) => entry.row === row));
    for (const { row } of gone) sql.run("update entry set body = null where row = ?", row);
    if (stays.length === 0) segments.drop(segment);
    else reseal({ sql, segments }, segment, stays);
  }
  return [...erased.values()].flat().map(({ row }) => row);
}

function reseal({ sql, segments }: ErasePorts, segment: number, entries: readonly SealedRow[]): void {
  const old = segments.sealing(segment);
  const place = ({ feed, seq }: SealedRow) => placeOf("entry", `${feed}/${seq}`, "body");
  const plain = entries.map((entry) => ({ entry, body: old.open(place(entry), entry.body) }));
  const renewed = segments.renew(segment);
  for (const { entry, body } of plain) sql.run("update entry set body = ? where row = ?", renewed.seal(place(entry), body), entry.row);
}

/** Segments of a conversation are filled one after the other, so that the entries of one stand side by side. */
function entriesOf(sql: Sql, { conversation, row, segment }: SealedRow): SealedRow[] {
  return [...walk(sql, conversation, row + 1, segment, "<"), ...walk(sql, conversation, row, segment, ">")];
}

function walk(sql: Sql, conversation: number, from: number, segment: number, direction: "<" | ">"): SealedRow[] {
  const found: SealedRow[] = [];
  for (let next = from; ; ) {
    const rows = sql.all<SealedRow>(
      `select row, conversation, feed, seq, segment, body from entry where conversation = ? and row ${direction} ?
       order by row ${direction === "<" ? "desc" : "asc"} limit ${STEP}`,
      ...[conversation, next],
    );
    const beyond = rows.findIndex((entry) => entry.segment !== segment);
    const mine = beyond < 0 ? rows : rows.slice(0, beyond);
    found.push(...mine.filter(({ body }) => body !== null));
    const last = mine.at(-1);
    if (beyond >= 0 || rows.length < STEP || !last) return found;
    next = last.row;
  }
}
