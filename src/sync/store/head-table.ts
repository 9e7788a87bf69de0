import type { Hlc } from "../core.ts";
import type { Sql } from "../ports.ts";
import type { FeedState } from "./feed-table.ts";

export interface HeadEntry {
  seq: number;
  hash: Uint8Array;
  hlc: Hlc;
}

/** B1: by conversation, the integrated entries that no other integrated entry names; by row of their feed. */
export class HeadTable {
  readonly #sql: Sql;
  readonly #heads = new Map<number, Map<number, HeadEntry>>();
  readonly #dirty = new Map<number, Set<number>>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  forget(): void {
    this.#heads.clear();
    this.#dirty.clear();
  }

  flush(): void {
    for (const [conversation, feeds] of this.#dirty) this.#flush(conversation, feeds);
    this.#dirty.clear();
  }

  of(conversation: number): Map<number, HeadEntry> {
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

  /** The entry becomes a head; what it follows is none any more. */
  advance(feed: FeedState, entry: HeadEntry, followed: Iterable<{ feed: FeedState; seq: number }>): void {
    const heads = this.of(feed.conversation);
    const dirty = this.#dirty.get(feed.conversation) ?? new Set<number>();
    this.#dirty.set(feed.conversation, dirty);
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

  /** The feed's head is this entry, or it has none, whatever it was before. */
  set(feed: FeedState, entry: HeadEntry | undefined): void {
    const heads = this.of(feed.conversation);
    const dirty = this.#dirty.get(feed.conversation) ?? new Set<number>();
    this.#dirty.set(feed.conversation, dirty);
    dirty.add(feed.row);
    if (entry) heads.set(feed.row, entry);
    else heads.delete(feed.row);
  }

  #flush(conversation: number, feeds: Iterable<number>): void {
    const heads = this.of(conversation);
    for (const feed of feeds) {
      const head = heads.get(feed);
      if (head) this.#sql.run("insert or replace into head (conversation, feed, seq) values (?, ?, ?)", conversation, feed, head.seq);
      else this.#sql.run("delete from head where conversation = ? and feed = ?", conversation, feed);
    }
  }
}
