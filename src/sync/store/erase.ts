import type { Sql } from "../ports.ts";
import type { Packs } from "./packs.ts";
import { placeOfBody } from "./sealing.ts";
import type { Segments } from "./segments.ts";

export interface ErasePorts {
  sql: Sql;
  segments: Segments;
  packs: Packs;
}

interface SealedRow {
  row: number;
  feed: number;
  seq: number;
  segment: number;
  body: Uint8Array;
  packed: number;
}

/** Where the entry stands follows from its header alone from now on, as on devices that never had the body. */
const ERASE = "update entry set body = null, place_ms = hlc_ms, place_n = hlc_n where row = ?";
const COLUMNS = "row, feed, seq, segment, body, header = x'' as packed";

/**
 * R2: erases the bodies of these entries. Each segment that held one gets a new key, under which the bodies that stay are sealed
 * again; a segment that is empty now goes with its key. Returns the rows that had a body until now.
 */
export function eraseBodies(ports: ErasePorts, rows: readonly number[]): number[] {
  const { sql, segments } = ports;
  const erased = new Map<number, SealedRow[]>();
  for (const row of new Set(rows)) {
    const found = sql.get<SealedRow>(`select ${COLUMNS} from entry where row = ? and body is not null`, row);
    const others = found && erased.get(found.segment);
    if (others) others.push(found);
    else if (found) erased.set(found.segment, [found]);
  }
  for (const [segment, gone] of erased) {
    if (gone[0]?.packed === 1) takeApart(ports, segment, new Set(gone.map(({ row }) => row)));
    for (const { row } of gone) sql.run(ERASE, row);
    if (gone[0]?.packed === 1) continue;
    const stays = entriesOf(sql, segment);
    if (stays.length === 0) segments.drop(segment);
    else reseal(ports, segment, stays);
  }
  return [...erased.values()].flat().map(({ row }) => row);
}

/** After entries of these segments went, rows and all: what stays in them is sealed under new keys. */
export function resealRest(ports: ErasePorts, touched: ReadonlySet<number>): void {
  for (const segment of touched) {
    const stays = entriesOf(ports.sql, segment);
    if (stays.length > 0) reseal(ports, segment, stays);
    else ports.segments.drop(segment);
  }
}

/** The entries of a pack get rows of their own again, the bodies under another key; those of `gone` have none any more. */
export function takeApart({ sql, segments, packs }: ErasePorts, segment: number, gone: ReadonlySet<number>): void {
  const { conversation, feed, first, bodies } = packs.pack(segment);
  const rows = sql.all<{ row: number; seq: number }>(
    "select row, seq from entry where feed = ? and seq >= ? and seq < ? and segment = ?",
    ...[feed, first, first + bodies.length, segment],
  );
  const fresh = rows.some(({ row }) => !gone.has(row)) ? segments.create(conversation) : segment;
  for (const { row, seq } of rows) {
    const { header, body } = packs.entry(segment, seq);
    const sealed = gone.has(row) ? null : segments.sealing(fresh).seal(placeOfBody(feed, seq), body);
    sql.run("update entry set header = ?, body = ?, segment = ? where row = ?", header, sealed, fresh, row);
  }
  packs.drop(segment);
}

function reseal({ sql, segments }: ErasePorts, segment: number, entries: readonly SealedRow[]): void {
  const old = segments.sealing(segment);
  const place = ({ feed, seq }: SealedRow) => placeOfBody(feed, seq);
  const plain = entries.map((entry) => ({ entry, body: old.open(place(entry), entry.body) }));
  const renewed = segments.renew(segment);
  for (const { entry, body } of plain) sql.run("update entry set body = ? where row = ?", renewed.seal(place(entry), body), entry.row);
}

function entriesOf(sql: Sql, segment: number): SealedRow[] {
  return sql.all<SealedRow>(`select ${COLUMNS} from entry where segment = ? and header <> x'' and body is not null`, segment);
}
