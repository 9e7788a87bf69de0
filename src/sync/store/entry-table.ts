import type { Hlc, StoredEntry } from "../core.ts";
import { sameBytes } from "../encoding/bytes.ts";
import type { Header } from "../log/header.ts";
import type { Sql, SqlValue } from "../ports.ts";
import type { ConversationTable } from "./conversation-table.ts";
import type { FeedState, FeedTable } from "./feed-table.ts";
import type { HeadEntry } from "./head-table.ts";
import { placeOfBody } from "./sealing.ts";
import type { Packs } from "./packs.ts";
import type { Segments } from "./segments.ts";

export interface NewEntry {
  feed: FeedState;
  header: Header;
  encoded: Uint8Array;
  hash: Uint8Array;
  body: Uint8Array | null;
  signature: Uint8Array | null;
  place: Hlc;
  arrived: number;
  shown: boolean;
}

/** An entry that is shown, with what it follows already here. */
export type NewEntryOfMany = Pick<NewEntry, "header" | "encoded" | "hash" | "signature" | "place"> & { body: Uint8Array };

/** An entry as it travels. */
export interface WireEntry {
  row: number;
  feed: number;
  seq: number;
  header: Uint8Array;
  body: Uint8Array | null;
  signature: Uint8Array | null;
}

interface EntryRow {
  row: number;
  conversation: number;
  feed: number;
  seq: number;
  kind: number;
  hlc_ms: number;
  hlc_n: number;
  place_ms: number;
  place_n: number;
  arrived: number;
}

const ENTRY_COLUMNS = "row, conversation, feed, seq, kind, hlc_ms, hlc_n, place_ms, place_n, arrived";

/** Rows of one statement. */
const AT_ONCE = 16;
const INSERT = `insert into entry
  (conversation, feed, seq, hash, kind, hlc_ms, hlc_n, place_ms, place_n, tie, arrived, shown, segment, header, body, signature) values `;
const PACKED = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, x'', x'', ?)";
const INSERT_ONE = INSERT + PACKED;
const INSERT_MANY = INSERT + Array.from({ length: AT_ONCE }, () => PACKED).join(", ");

export interface EntryTableParts {
  sql: Sql;
  segments: Segments;
  packs: Packs;
  conversations: ConversationTable;
  feeds: FeedTable;
  /** This device's key. */
  self: Uint8Array;
}

/** The entries themselves, bodies sealed under the keys of their segments (R2). */
export class EntryTable {
  readonly #sql: Sql;
  readonly #segments: Segments;
  readonly #packs: Packs;
  readonly #conversations: ConversationTable;
  readonly #feeds: FeedTable;
  readonly #self: Uint8Array;

  constructor({ sql, segments, packs, conversations, feeds, self }: EntryTableParts) {
    this.#sql = sql;
    this.#segments = segments;
    this.#packs = packs;
    this.#conversations = conversations;
    this.#feeds = feeds;
    this.#self = self;
  }

  insert(entry: NewEntry): StoredEntry {
    const { feed, header, hash, place } = entry;
    const segment = this.#segments.take(feed.conversation);
    const body = entry.body && this.#segments.sealing(segment).seal(placeOfBody(feed.row, header.seq), entry.body);
    const row = this.#sql.run(
      `${INSERT} (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[feed.conversation, feed.row, header.seq, hash, header.kind, header.hlc.ms, header.hlc.n, place.ms, place.n, tieOf(hash)],
      ...[entry.arrived, entry.shown ? 1 : 0, segment, entry.encoded, body, entry.signature],
    ).lastId;
    this.#endsWith(feed, header, hash);
    return this.#storedEntry(row, feed, header, place, entry.arrived);
  }

  /** Consecutive entries of one feed, in few statements and with their bodies in packs; shown. Their rows are consecutive. */
  insertMany(feed: FeedState, entries: readonly NewEntryOfMany[], arrived: number): StoredEntry[] {
    const stored: StoredEntry[] = [];
    for (const { segment, from, to } of this.#packs.add(feed, entries[0]?.header.seq ?? 0, entries)) {
      for (let start = from; start < to; ) {
        const count = to - start >= AT_ONCE ? AT_ONCE : 1;
        const params: SqlValue[] = [];
        for (let i = start; i < start + count; i++) {
          const { header, hash, place, signature } = entries[i] as NewEntryOfMany;
          params.push(feed.conversation, feed.row, header.seq, hash, header.kind, header.hlc.ms, header.hlc.n, place.ms, place.n);
          params.push(tieOf(hash), arrived, segment, signature);
        }
        const { lastId } = this.#sql.run(count === 1 ? INSERT_ONE : INSERT_MANY, ...params);
        for (let i = start; i < start + count; i++) {
          const { header, place } = entries[i] as NewEntryOfMany;
          stored.push(this.#storedEntry(lastId - start - count + 1 + i, feed, header, place, arrived));
        }
        start += count;
      }
    }
    const last = entries.at(-1);
    if (last) this.#endsWith(feed, last.header, last.hash);
    return stored;
  }

  /** Bytes of the body, unsealed; undefined where it was erased. */
  body(row: number): Uint8Array | undefined {
    const entry = this.#sql.get<{ feed: number; seq: number; segment: number; body: Uint8Array | null; packed: number }>(
      "select feed, seq, segment, body, header = x'' as packed from entry where row = ?",
      row,
    );
    if (!entry?.body) return undefined;
    if (entry.packed === 1) return this.#packs.body(entry.segment, entry.seq).slice();
    return this.#openBody(entry.feed, entry.seq, entry.segment, entry.body);
  }

  header(row: number): Uint8Array {
    const entry = this.#sql.get<{ seq: number; segment: number; header: Uint8Array }>(
      "select seq, segment, header from entry where row = ?",
      row,
    );
    if (entry?.header.length === 0) return this.#packs.entry(entry.segment, entry.seq).header;
    return entry?.header ?? new Uint8Array();
  }

  entry(row: number): StoredEntry | undefined {
    const found = this.#sql.get<EntryRow>(`select ${ENTRY_COLUMNS} from entry where row = ?`, row);
    return found && this.#entryOf(found);
  }

  entryIn(feed: FeedState, seq: number): StoredEntry | undefined {
    const found = this.#sql.get<EntryRow>(`select ${ENTRY_COLUMNS} from entry where feed = ? and seq = ?`, feed.row, seq);
    return found && this.#entryOf(found);
  }

  /** The stored entry at that place of the feed. */
  at(feed: FeedState, seq: number): HeadEntry | undefined {
    if (seq === feed.headSeq && feed.headHash) return { seq, hash: feed.headHash, hlc: feed.headHlc };
    const found = this.#sql.get<{ hash: Uint8Array; hlc_ms: number; hlc_n: number }>(
      "select hash, hlc_ms, hlc_n from entry where feed = ? and seq = ?",
      feed.row,
      seq,
    );
    return found && { seq, hash: found.hash, hlc: { ms: found.hlc_ms, n: found.hlc_n } };
  }

  /** In the order in which they came, which puts what an entry follows before it. */
  wireFrom(conversation: number | null, afterRow: number, limit: number): WireEntry[] {
    const where = conversation === null ? "row > ?" : "row > ? and conversation = ?";
    const params = conversation === null ? [afterRow] : [afterRow, conversation];
    return this.#wire(`${where} order by row limit ?`, ...params, limit);
  }

  wireOfFeed(feed: number, afterSeq: number, limit: number): WireEntry[] {
    return this.#wire("feed = ? and seq > ? order by seq limit ?", feed, afterSeq, limit);
  }

  lastRow(): number {
    return this.#sql.get<{ row: number | null }>("select max(row) as row from entry")?.row ?? 0;
  }

  setSignature(row: number, signature: Uint8Array): void {
    this.#sql.run("update entry set signature = ? where row = ?", signature, row);
  }

  #wire(where: string, ...params: number[]): WireEntry[] {
    const rows = this.#sql.all<WireEntry & { segment: number }>(
      `select row, feed, seq, segment, header, body, signature from entry where ${where}`,
      ...params,
    );
    for (const entry of rows) {
      const { feed, seq, segment } = entry;
      if (entry.header.length === 0) Object.assign(entry, this.#packs.entry(segment, seq));
      else if (entry.body) entry.body = this.#openBody(feed, seq, segment, entry.body);
    }
    return rows;
  }

  #endsWith(feed: FeedState, header: Header, hash: Uint8Array): void {
    feed.headSeq = header.seq;
    feed.headHash = hash;
    feed.headHlc = header.hlc;
    this.#feeds.changed(feed);
  }

  #storedEntry(row: number, { conversation: conversationRow }: FeedState, header: Header, place: Hlc, arrived: number): StoredEntry {
    const { conversation, feed, incarnation, seq, kind, hlc } = header;
    return { row, conversationRow, conversation, feed, incarnation, seq, kind, hlc, place, arrived, own: sameBytes(feed, this.#self) };
  }

  #openBody(feed: number, seq: number, segment: number, sealed: Uint8Array): Uint8Array {
    return this.#segments.sealing(segment).open(placeOfBody(feed, seq), sealed);
  }

  #entryOf(row: EntryRow): StoredEntry {
    const feed = this.#feeds.get(row.feed);
    const conversation = this.#conversations.get(row.conversation);
    if (!conversation) throw new RangeError("no such conversation");
    return {
      row: row.row,
      conversationRow: row.conversation,
      conversation: conversation.id,
      feed: feed.device,
      incarnation: feed.incarnation,
      seq: row.seq,
      kind: row.kind,
      hlc: { ms: row.hlc_ms, n: row.hlc_n },
      place: { ms: row.place_ms, n: row.place_n },
      arrived: row.arrived,
      own: sameBytes(feed.device, this.#self),
    };
  }
}

/** 48 bits fit into a JavaScript number. */
function tieOf(hash: Uint8Array): number {
  let tie = 0;
  for (let i = 0; i < 6; i++) tie = tie * 256 + (hash[i] as number);
  return tie;
}
