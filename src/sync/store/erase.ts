import type { Sql } from "../ports.ts";
import { placeOfBody } from "./sealing.ts";
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

/** Where the entry stands follows from its header alone from now on, as on devices that never had the body. */
const ERASE = "update entry set body = null, place_ms = hlc_ms, place_n = hlc_n where row = ?";
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
    for (const { row } of gone) sql.run(ERASE, row);
    if (stays.length === 0) segments.drop(segment);
    else reseal({ sql, segments }, segment, stays);
  }
  return [...erased.values()].flat().map(({ row }) => row);
}

/** After entries of these segments went, rows and all: what stays in them is sealed under new keys. */
export function resealRest({ sql, segments }: ErasePorts, conversation: number, touched: ReadonlySet<number>): void {
  const rest = new Map<number, SealedRow[]>();
  if (touched.size === 0) return;
  const rows = sql.all<SealedRow>(
    "select row, conversation, feed, seq, segment, body from entry where conversation = ? and body is not null",
    conversation,
  );
  for (const row of rows) if (touched.has(row.segment)) rest.set(row.segment, [...(rest.get(row.segment) ?? []), row]);
  for (const segment of touched) {
    const stays = rest.get(segment);
    if (stays) reseal({ sql, segments }, segment, stays);
    else segments.drop(segment);
  }
}

function reseal({ sql, segments }: ErasePorts, segment: number, entries: readonly SealedRow[]): void {
  const old = segments.sealing(segment);
  const place = ({ feed, seq }: SealedRow) => placeOfBody(feed, seq);
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
