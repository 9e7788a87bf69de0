import type { Hlc } from "../core.ts";
import { toHex } from "../encoding/bytes.ts";
import type { Sql } from "../ports.ts";

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
  /** E3: what was before this entry is not kept; 1 where nothing was deleted in this way. */
  base: number;
}

interface FeedRow {
  row: number;
  conversation: number;
  device: Uint8Array;
  incarnation: Uint8Array;
  head_seq: number;
  head_hash: Uint8Array | null;
  head_ms: number;
  head_n: number;
  integrated: number;
  frozen_at: number | null;
  base: number;
}

const COLUMNS = "row, conversation, device, incarnation, head_seq, head_hash, head_ms, head_n, integrated, frozen_at, base";

/** The feeds of the conversations that were asked for, kept in memory; what changed in them is written by `flush`. */
export class FeedTable {
  readonly #sql: Sql;
  readonly #byConversation = new Map<number, Map<string, FeedState>>();
  readonly #byRow = new Map<number, FeedState>();
  readonly #dirty = new Set<FeedState>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  forget(): void {
    this.#byConversation.clear();
    this.#byRow.clear();
    this.#dirty.clear();
  }

  flush(): void {
    for (const { headSeq, headHash, headHlc, integrated, frozenAt, base, row } of this.#dirty) {
      this.#sql.run(
        "update feed set head_seq = ?, head_hash = ?, head_ms = ?, head_n = ?, integrated = ?, frozen_at = ?, base = ? where row = ?",
        ...[headSeq, headHash, headHlc.ms, headHlc.n, integrated, frozenAt, base, row],
      );
    }
    this.#dirty.clear();
  }

  of(conversation: number): Map<string, FeedState> {
    const known = this.#byConversation.get(conversation);
    if (known) return known;
    const feeds = new Map<string, FeedState>();
    this.#byConversation.set(conversation, feeds);
    for (const row of this.#sql.all<FeedRow>(`select ${COLUMNS} from feed where conversation = ?`, conversation)) this.#keep(stateOf(row));
    return feeds;
  }

  /** Conversations with feeds that hold more than is integrated. */
  waiting(): number[] {
    const sql = "select distinct conversation from feed where integrated < min(head_seq, coalesce(frozen_at - 1, head_seq))";
    return this.#sql.all<{ conversation: number }>(sql).map(({ conversation }) => conversation);
  }

  get(row: number): FeedState {
    const known = this.#byRow.get(row);
    if (known) return known;
    const found = this.#sql.get<{ conversation: number }>("select conversation from feed where row = ?", row);
    if (found) this.of(found.conversation);
    const feed = this.#byRow.get(row);
    if (!feed) throw new RangeError("no such feed");
    return feed;
  }

  find(conversation: number, device: Uint8Array, incarnation: Uint8Array): FeedState | undefined {
    return this.of(conversation).get(keyOf(device, incarnation));
  }

  add(conversation: number, device: Uint8Array, incarnation: Uint8Array): FeedState {
    const { lastId } = this.#sql.run(
      "insert into feed (conversation, device, incarnation) values (?, ?, ?)",
      ...[conversation, device, incarnation],
    );
    return this.#keep({
      ...{ row: lastId, conversation, device: device.slice(), incarnation: incarnation.slice(), headSeq: 0, headHash: null },
      ...{ headHlc: { ms: 0, n: 0 }, integrated: 0, frozenAt: null, base: 1 },
    });
  }

  /** Whoever changes a feed says so. */
  changed(feed: FeedState): void {
    this.#dirty.add(feed);
  }

  freeze(feed: FeedState, seq: number, why: string): void {
    feed.frozenAt = Math.min(feed.frozenAt ?? seq, seq);
    this.#dirty.add(feed);
    this.#sql.run("update feed set frozen_why = ? where row = ?", why, feed.row);
  }

  #keep(feed: FeedState): FeedState {
    this.of(feed.conversation).set(keyOf(feed.device, feed.incarnation), feed);
    this.#byRow.set(feed.row, feed);
    return feed;
  }
}

function stateOf(row: FeedRow): FeedState {
  const { conversation, device, incarnation, head_seq, head_hash, head_ms, head_n, integrated, frozen_at, base } = row;
  return {
    ...{ row: row.row, conversation, device, incarnation, headSeq: head_seq, headHash: head_hash },
    ...{ headHlc: { ms: head_ms, n: head_n }, integrated, frozenAt: frozen_at, base },
  };
}

function keyOf(device: Uint8Array, incarnation: Uint8Array): string {
  return toHex(device) + toHex(incarnation);
}
