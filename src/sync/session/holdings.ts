import type { Device } from "../device.ts";
import { toHex } from "../encoding/bytes.ts";
import type { Position } from "../log/vector.ts";
import type { Sql } from "../ports.ts";

/** A peer holds a feed up to `to` now, and held it up to `from` before. Rows of conversation and feed. */
export interface Moved {
  conversation: number;
  feed: number;
  from: number;
  to: number;
}

/** F5: what one peer is known to hold, kept over restarts. */
export class Holdings {
  readonly #device: Device;
  readonly #peer: Uint8Array;
  readonly #acknowledged: (moved: Moved[]) => void;
  /** By feed row. */
  readonly #held = new Map<number, number>();
  /** By key of what is not written yet: where it was before. */
  readonly #noted = new Map<string, number>();

  constructor(device: Device, peer: Uint8Array, acknowledged: (moved: Moved[]) => void) {
    this.#device = device;
    this.#peer = peer;
    this.#acknowledged = acknowledged;
  }

  /** It may say less than before: its disk was set back. */
  remember(conversation: number, positions: readonly Position[]): void {
    for (const { device, incarnation, seq } of positions) {
      const feed = this.#device.store.findFeed(conversation, device, incarnation);
      if (!feed) continue;
      const to = Math.min(seq, feed.headSeq);
      const from = this.#held.get(feed.row) ?? this.#last(feed.row);
      this.#held.set(feed.row, to);
      if (from !== to) this.#note({ conversation, feed: feed.row, from, to });
    }
  }

  #note(moved: Moved): void {
    const peer = this.#peer;
    const write = (sql: Sql) =>
      sql.run("insert or replace into peer_vector (device, feed, seq) values (?, ?, ?)", peer, moved.feed, moved.to);
    const key = `held/${toHex(peer)}/${moved.feed}`;
    const from = Math.min(moved.from, this.#noted.get(key) ?? moved.from);
    this.#noted.set(key, from);
    this.#device.postpone(key, write, () => {
      this.#noted.delete(key);
      this.#acknowledged([{ ...moved, from }]);
    });
  }

  #last(feed: number): number {
    const sql = "select seq from peer_vector where device = ? and feed = ?";
    return this.#device.sql.get<{ seq: number }>(sql, this.#peer, feed)?.seq ?? 0;
  }
}
