import type { Conversation, Founding, Hlc, StoredEntry } from "../core.ts";
import { sameBytes, toHex } from "../encoding/bytes.ts";
import { conversationId, decodeFounding, encodeFounding } from "../log/founding.ts";
import type { Header } from "../log/header.ts";
import type { Crypto, Sql } from "../ports.ts";
import { eraseBodies } from "./erase.ts";
import { placeOf, type Sealing } from "./sealing.ts";
import type { Segments } from "./segments.ts";

/** One feed of one conversation, as it stands in the database. Mutable: owned by the store. */
export interface FeedState {
  readonly row: number;
  readonly conversation: number;
  readonly device: Uint8Array;
  readonly incarnation: Uint8Array;
  /** Last stored entry; 0 for none. */
  headSeq: number;
  headHash: Uint8Array | null;
  headHlc: Hlc;
  /** Up to here everything that an entry names is here as well. */
  integrated: number;
  /** B5: nothing from here on is taken. */
  frozenAt: number | null;
}

export interface HeadEntry {
  seq: number;
  hash: Uint8Array;
  hlc: Hlc;
}

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

/** The tables of the log with what is read again and again kept in memory. Called inside transactions only where it writes. */
export class LogStore {
  readonly #sql: Sql;
  readonly #crypto: Crypto;
  readonly #dataKey: Sealing;
  readonly #segments: Segments;
  readonly #conversations = new Map<number, Conversation>();
  readonly #conversationRows = new Map<string, number>();
  readonly #feeds = new Map<number, Map<string, FeedState>>();
  readonly #feedRows = new Map<number, FeedState>();
  readonly #heads = new Map<number, Map<number, HeadEntry>>();
  readonly #dirtyFeeds = new Set<FeedState>();
  readonly #dirtyHeads = new Map<number, Set<number>>();
  #self: Uint8Array;

  constructor(sql: Sql, crypto: Crypto, dataKey: Sealing, segments: Segments, self: Uint8Array) {
    this.#sql = sql;
    this.#crypto = crypto;
    this.#dataKey = dataKey;
    this.#segments = segments;
    this.#self = self;
    this.#load();
  }

  /** After a transaction that failed: everything is read again. */
  forget(): void {
    for (const cache of [this.#conversations, this.#conversationRows, this.#feeds, this.#feedRows, this.#heads, this.#dirtyHeads])
      cache.clear();
    this.#dirtyFeeds.clear();
    this.#segments.forget();
    this.#load();
  }

  /** Writes what changed in feeds and heads; the last step of a transaction. */
  flush(): void {
    for (const feed of this.#dirtyFeeds) {
      const { headSeq, headHash, headHlc, integrated, frozenAt, row } = feed;
      this.#sql.run(
        "update feed set head_seq = ?, head_hash = ?, head_ms = ?, head_n = ?, integrated = ?, frozen_at = ? where row = ?",
        ...[headSeq, headHash, headHlc.ms, headHlc.n, integrated, frozenAt, row],
      );
    }
    this.#dirtyFeeds.clear();
    for (const [conversation, feeds] of this.#dirtyHeads) this.#flushHeads(conversation, feeds);
    this.#dirtyHeads.clear();
  }

  conversation(row: number): Conversation | undefined {
    return this.#conversations.get(row);
  }

  conversationById(id: Uint8Array): Conversation | undefined {
    const row = this.#conversationRows.get(toHex(id));
    return row === undefined ? undefined : this.#conversations.get(row);
  }

  conversationByFounding(founding: Founding): Conversation | undefined {
    return this.conversationById(conversationId(this.#crypto, founding));
  }

  conversations(): Conversation[] {
    return [...this.#conversations.values()];
  }

  addConversation(founding: Founding): Conversation {
    const id = conversationId(this.#crypto, founding);
    const sealed = this.#dataKey.seal(placeOf("conversation", toHex(id), "founding"), encodeFounding(founding));
    const row = this.#sql.run("insert into conversation (id, founding) values (?, ?)", id, sealed).lastId;
    return this.#keepConversation({ row, id, founding });
  }

  feeds(conversation: number): Iterable<FeedState> {
    return this.#feedsOf(conversation).values();
  }

  feed(row: number): FeedState {
    const known = this.#feedRows.get(row);
    if (known) return known;
    const found = this.#sql.get<{ conversation: number }>("select conversation from feed where row = ?", row);
    if (found) this.#feedsOf(found.conversation);
    const feed = this.#feedRows.get(row);
    if (!feed) throw new RangeError("no such feed");
    return feed;
  }

  findFeed(conversation: number, device: Uint8Array, incarnation: Uint8Array): FeedState | undefined {
    return this.#feedsOf(conversation).get(feedKey(device, incarnation));
  }

  addFeed(conversation: number, device: Uint8Array, incarnation: Uint8Array): FeedState {
    const row = this.#sql.run(
      "insert into feed (conversation, device, incarnation) values (?, ?, ?)",
      conversation,
      device,
      incarnation,
    ).lastId;
    return this.#keepFeed({
      ...{ row, conversation, device: device.slice(), incarnation: incarnation.slice(), headSeq: 0, headHash: null },
      ...{ headHlc: { ms: 0, n: 0 }, integrated: 0, frozenAt: null },
    });
  }

  freezeFeed(feed: FeedState, seq: number, why: string): void {
    feed.frozenAt = Math.min(feed.frozenAt ?? seq, seq);
    this.#dirtyFeeds.add(feed);
    this.#sql.run("update feed set frozen_why = ? where row = ?", why, feed.row);
    this.#sql.run("update entry set shown = 0 where feed = ? and seq >= ?", feed.row, feed.frozenAt);
  }

  heads(conversation: number): ReadonlyMap<number, HeadEntry> {
    return this.#headsOf(conversation);
  }

  /** B1: the entry becomes a head; what it follows is none any more. */
  advanceHeads(conversation: number, feed: FeedState, entry: HeadEntry, followed: Iterable<{ feed: FeedState; seq: number }>): void {
    const heads = this.#headsOf(conversation);
    const dirty = this.#dirtyHeads.get(conversation) ?? new Set<number>();
    this.#dirtyHeads.set(conversation, dirty);
    for (const { feed: other, seq } of followed) {
      const head = heads.get(other.row);
      if (head && head.seq <= seq) {
        heads.delete(other.row);
        dirty.add(other.row);
      }
    }
    heads.set(feed.row, entry);
    dirty.add(feed.row);
  }

  markIntegrated(feed: FeedState, seq: number): void {
    feed.integrated = seq;
    this.#dirtyFeeds.add(feed);
  }

  insert(entry: NewEntry): StoredEntry {
    const { feed, header, hash, place } = entry;
    const segment = this.#segments.take(feed.conversation);
    const body = entry.body && this.#segments.sealing(segment).seal(placeOf("entry", `${feed.row}/${header.seq}`, "body"), entry.body);
    const row = this.#sql.run(
      `insert into entry (conversation, feed, seq, hash, kind, hlc_ms, hlc_n, place_ms, place_n, tie, arrived, shown, segment, header, body, signature)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[feed.conversation, feed.row, header.seq, hash, header.kind, header.hlc.ms, header.hlc.n, place.ms, place.n, tieOf(hash)],
      ...[entry.arrived, entry.shown ? 1 : 0, segment, entry.encoded, body, entry.signature],
    ).lastId;
    feed.headSeq = header.seq;
    feed.headHash = hash;
    feed.headHlc = header.hlc;
    this.#dirtyFeeds.add(feed);
    const { conversation, feed: device, incarnation, seq, kind, hlc } = header;
    const own = sameBytes(device, this.#self);
    return {
      row,
      conversationRow: feed.conversation,
      conversation,
      feed: device,
      incarnation,
      seq,
      kind,
      hlc,
      place,
      arrived: entry.arrived,
      own,
    };
  }

  /** Bytes of the body, unsealed; undefined where it was erased. */
  body(row: number): Uint8Array | undefined {
    const entry = this.#sql.get<{ feed: number; seq: number; segment: number; body: Uint8Array | null }>(
      "select feed, seq, segment, body from entry where row = ?",
      row,
    );
    return entry?.body ? this.#openBody(entry.feed, entry.seq, entry.segment, entry.body) : undefined;
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

  /**
   * R2: the bodies are gone and so is the key under which they were sealed; what else stands in their segments is sealed again.
   * Returns the entries that had a body until now.
   */
  eraseBodies(rows: readonly number[]): StoredEntry[] {
    return eraseBodies({ sql: this.#sql, segments: this.#segments }, rows).flatMap((row) => this.entry(row) ?? []);
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
    return rows.map((entry) => ({ ...entry, body: entry.body && this.#openBody(entry.feed, entry.seq, entry.segment, entry.body) }));
  }

  #openBody(feed: number, seq: number, segment: number, sealed: Uint8Array): Uint8Array {
    return this.#segments.sealing(segment).open(placeOf("entry", `${feed}/${seq}`, "body"), sealed);
  }

  #entryOf(row: EntryRow): StoredEntry {
    const feed = this.feed(row.feed);
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

  #load(): void {
    for (const row of this.#sql.all<{ row: number; id: Uint8Array; founding: Uint8Array }>("select row, id, founding from conversation")) {
      const founding = decodeFounding(this.#dataKey.open(placeOf("conversation", toHex(row.id), "founding"), row.founding));
      this.#keepConversation({ row: row.row, id: row.id, founding });
    }
  }

  #keepConversation(conversation: Conversation): Conversation {
    this.#conversations.set(conversation.row, conversation);
    this.#conversationRows.set(toHex(conversation.id), conversation.row);
    return conversation;
  }

  #feedsOf(conversation: number): Map<string, FeedState> {
    const known = this.#feeds.get(conversation);
    if (known) return known;
    const feeds = new Map<string, FeedState>();
    this.#feeds.set(conversation, feeds);
    const rows = this.#sql.all<{
      row: number;
      device: Uint8Array;
      incarnation: Uint8Array;
      head_seq: number;
      head_hash: Uint8Array | null;
      head_ms: number;
      head_n: number;
      integrated: number;
      frozen_at: number | null;
    }>(
      "select row, device, incarnation, head_seq, head_hash, head_ms, head_n, integrated, frozen_at from feed where conversation = ?",
      conversation,
    );
    for (const { row, device, incarnation, head_seq, head_hash, head_ms, head_n, integrated, frozen_at } of rows)
      this.#keepFeed({
        ...{ row, conversation, device, incarnation, headSeq: head_seq, headHash: head_hash },
        ...{ headHlc: { ms: head_ms, n: head_n }, integrated, frozenAt: frozen_at },
      });
    return feeds;
  }

  #keepFeed(feed: FeedState): FeedState {
    this.#feedsOf(feed.conversation).set(feedKey(feed.device, feed.incarnation), feed);
    this.#feedRows.set(feed.row, feed);
    return feed;
  }

  #headsOf(conversation: number): Map<number, HeadEntry> {
    const known = this.#heads.get(conversation);
    if (known) return known;
    const rows = this.#sql.all<{ feed: number; seq: number; hash: Uint8Array; hlc_ms: number; hlc_n: number }>(
      "select h.feed, h.seq, e.hash, e.hlc_ms, e.hlc_n from head h join entry e on e.feed = h.feed and e.seq = h.seq where h.conversation = ?",
      conversation,
    );
    const heads = new Map(rows.map((row) => [row.feed, { seq: row.seq, hash: row.hash, hlc: { ms: row.hlc_ms, n: row.hlc_n } }]));
    this.#heads.set(conversation, heads);
    return heads;
  }

  #flushHeads(conversation: number, feeds: Iterable<number>): void {
    const heads = this.#headsOf(conversation);
    for (const feed of feeds) {
      const head = heads.get(feed);
      if (head) this.#sql.run("insert or replace into head (conversation, feed, seq) values (?, ?, ?)", conversation, feed, head.seq);
      else this.#sql.run("delete from head where conversation = ? and feed = ?", conversation, feed);
    }
  }
}

function feedKey(device: Uint8Array, incarnation: Uint8Array): string {
  return toHex(device) + toHex(incarnation);
}

/** 48 bits fit into a JavaScript number. */
function tieOf(hash: Uint8Array): number {
  return hash.subarray(0, 6).reduce((sum, byte) => sum * 256 + byte, 0);
}
