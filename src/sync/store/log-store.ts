import type { Conversation, Founding, Hlc, StoredEntry } from "../core.ts";
import type { Crypto, Random, Sql } from "../ports.ts";
import { collapseEntries } from "./collapse.ts";
import { ConversationTable } from "./conversation-table.ts";
import { EntryTable, type NewEntry, type NewEntryOfMany, type WireEntry } from "./entry-table.ts";
import { type ErasePorts, eraseBodies } from "./erase.ts";
import { type FeedState, FeedTable } from "./feed-table.ts";
import { type HeadEntry, HeadTable } from "./head-table.ts";
import { Packs } from "./packs.ts";
import type { Sealing } from "./sealing.ts";
import { Segments } from "./segments.ts";

/** The tables of the log with what is read again and again kept in memory. Called inside transactions only where it writes. */
export class LogStore {
  readonly #sql: Sql;
  readonly #segments: Segments;
  readonly #packs: Packs;
  readonly #conversations: ConversationTable;
  readonly #feeds: FeedTable;
  readonly #heads: HeadTable;
  readonly #entries: EntryTable;

  constructor(sql: Sql, crypto: Crypto, random: Random, dataKey: Sealing, self: Uint8Array) {
    this.#sql = sql;
    this.#segments = new Segments(sql, crypto, random, dataKey);
    this.#packs = new Packs(sql, crypto, random, dataKey);
    this.#conversations = new ConversationTable(sql, crypto, dataKey);
    this.#feeds = new FeedTable(sql);
    this.#heads = new HeadTable(sql);
    this.#entries = new EntryTable({
      ...{ sql, segments: this.#segments, packs: this.#packs, conversations: this.#conversations, feeds: this.#feeds, self },
    });
  }

  /** After a transaction that failed: everything is read again. */
  forget(): void {
    for (const part of [this.#feeds, this.#heads, this.#segments, this.#packs, this.#conversations]) part.forget();
  }

  /** Writes what changed in feeds and heads; the last step of a transaction. */
  flush(): void {
    this.#feeds.flush();
    this.#heads.flush();
  }

  conversation(row: number): Conversation | undefined {
    return this.#conversations.get(row);
  }
  conversationById(id: Uint8Array): Conversation | undefined {
    return this.#conversations.byId(id);
  }
  conversationByFounding(founding: Founding): Conversation | undefined {
    return this.#conversations.byFounding(founding);
  }
  conversations(): Conversation[] {
    return this.#conversations.all();
  }
  addConversation(founding: Founding): Conversation {
    return this.#conversations.add(founding);
  }

  feeds(conversation: number): Iterable<FeedState> {
    return this.#feeds.of(conversation).values();
  }
  /** Rows of the conversations in which something waits for its parents or its time. */
  waitingConversations(): number[] {
    return this.#feeds.waiting();
  }
  feed(row: number): FeedState {
    return this.#feeds.get(row);
  }
  findFeed(conversation: number, device: Uint8Array, incarnation: Uint8Array): FeedState | undefined {
    return this.#feeds.find(conversation, device, incarnation);
  }
  addFeed(conversation: number, device: Uint8Array, incarnation: Uint8Array): FeedState {
    return this.#feeds.add(conversation, device, incarnation);
  }
  freezeFeed(feed: FeedState, seq: number, why: string): void {
    this.#feeds.freeze(feed, seq, why);
    this.#sql.run("update entry set shown = 0 where feed = ? and seq >= ?", feed.row, feed.frozenAt);
  }
  markIntegrated(feed: FeedState, seq: number): void {
    feed.integrated = seq;
    this.#feeds.changed(feed);
  }

  heads(conversation: number): ReadonlyMap<number, HeadEntry> {
    return this.#heads.of(conversation);
  }
  advanceHeads(feed: FeedState, entry: HeadEntry, followed: Iterable<{ feed: FeedState; seq: number }>): void {
    this.#heads.advance(feed, entry, followed);
  }

  insert(entry: NewEntry): StoredEntry {
    return this.#entries.insert(entry);
  }
  /** Consecutive entries of one feed, all with bodies. */
  insertMany(feed: FeedState, entries: readonly NewEntryOfMany[], arrived: number): StoredEntry[] {
    return this.#entries.insertMany(feed, entries, arrived);
  }
  /** Bytes of the body, unsealed; undefined where it was erased. */
  body(row: number): Uint8Array | undefined {
    return this.#entries.body(row);
  }
  entry(row: number): StoredEntry | undefined {
    return this.#entries.entry(row);
  }
  entryIn(feed: FeedState, seq: number): StoredEntry | undefined {
    return this.#entries.entryIn(feed, seq);
  }
  /** The stored entry at that place of the feed. */
  at(feed: FeedState, seq: number): HeadEntry | undefined {
    return this.#entries.at(feed, seq);
  }
  /** In the order in which they came, which puts what an entry follows before it. */
  wireFrom(conversation: number | null, afterRow: number, limit: number): WireEntry[] {
    return this.#entries.wireFrom(conversation, afterRow, limit);
  }
  /** The same without what they say. */
  placesFrom(afterRow: number, limit: number): { row: number; feed: number; seq: number }[] {
    return this.#sql.all("select row, feed, seq from entry where row > ? order by row limit ?", afterRow, limit);
  }
  wireOfFeed(feed: number, afterSeq: number, limit: number): WireEntry[] {
    return this.#entries.wireOfFeed(feed, afterSeq, limit);
  }
  /**
   * R2: the bodies are gone and so is the key under which they were sealed; what else stands in their segments is sealed again.
   * Returns the entries that had a body until now.
   */
  eraseBodies(rows: readonly number[]): StoredEntry[] {
    return eraseBodies(this.#erasePorts(), rows).flatMap((row) => this.entry(row) ?? []);
  }
  /** E3: of everything in the conversation up to this clock, only where each feed ends stays. */
  collapse(conversation: number, upTo: Hlc): void {
    for (const { feed, head } of collapseEntries(this.#erasePorts(), [...this.feeds(conversation)], upTo)) {
      feed.base = head.seq;
      feed.integrated = Math.max(feed.integrated, head.seq);
      this.#feeds.changed(feed);
      const before = this.heads(conversation).get(feed.row);
      if (feed.integrated === head.seq || (before && before.seq < head.seq)) this.#heads.set(feed, head);
    }
  }
  /** The feed goes on here, without what was before (E3). */
  skipTo(feed: FeedState, seq: number): void {
    this.#sql.run("delete from entry where feed = ?", feed.row);
    this.#packs.dropBefore(feed, seq);
    feed.base = seq;
    feed.integrated = seq - 1;
    this.#feeds.changed(feed);
  }
  header(row: number): Uint8Array {
    return this.#entries.header(row);
  }
  entriesBetween(feed: FeedState, after: number, upTo: number): StoredEntry[] {
    return this.#sql
      .all<{ row: number }>("select row from entry where feed = ? and seq > ? and seq <= ? order by seq", feed.row, after, upTo)
      .flatMap(({ row }) => this.entry(row) ?? []);
  }
  /** The last entry of the feed up to `most` that was written before a time, in milliseconds since 1970. */
  endBefore(feed: FeedState, most: number, time: number): HeadEntry | undefined {
    if (feed.headHlc.ms < time) return this.at(feed, most);
    const found = this.#sql.get<{ seq: number }>(
      "select seq from entry where feed = ? and seq <= ? and hlc_ms < ? order by seq desc limit 1",
      ...[feed.row, most, time],
    );
    return found && this.at(feed, found.seq);
  }
  /** C2: what is behind `seq` counts as not integrated. */
  retract(feed: FeedState, seq: number): void {
    this.#sql.run("update entry set shown = 0 where feed = ? and seq > ?", feed.row, seq);
    this.markIntegrated(feed, seq);
    this.#heads.set(feed, this.at(feed, seq));
  }
  /** Nothing names the end of this feed any more; at worst it is a head that something names. */
  restoreHead(feed: FeedState): void {
    const end = this.at(feed, feed.integrated);
    if (end && !this.heads(feed.conversation).has(feed.row)) this.#heads.set(feed, end);
  }
  lastRow(): number {
    return this.#entries.lastRow();
  }
  setSignature(row: number, signature: Uint8Array): void {
    this.#entries.setSignature(row, signature);
  }

  #erasePorts(): ErasePorts {
    return { sql: this.#sql, segments: this.#segments, packs: this.#packs };
  }
}
