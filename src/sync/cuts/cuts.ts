import { type AccountState, standingOf } from "../account/resolve.ts";
import type { CutBody } from "../content/own.ts";
import { sameBytes } from "../encoding/bytes.ts";
import type { Projection } from "../core.ts";
import type { Sql } from "../ports.ts";
import type { FeedState } from "../store/feed-table.ts";

/** Bytes of a conversation's id that name it where a revoker lists what it knew. */
export const CONVERSATION_PREFIX = 16;

export const cutTables: Projection = {
  name: "cuts",
  migrations: [
    `
    -- C1: the conversations of which the revoker of a device spoke; the empty one says that it spoke.
    create table cut_known (device blob not null, conversation blob not null, primary key (device, conversation)) without rowid;
    `,
  ],
};

/** Stands for "a cut of this device is here", which holds for incarnations that it does not list. */
const ANY = new Uint8Array();

export type Limit =
  /** Not of a revoked device. */
  | "none"
  /** C2: revoked, and nobody has said up to where its entries count. */
  | "unknown"
  | { seq: number; hash: Uint8Array };

/** C1: nothing of it counts. */
const NOTHING: Limit = { seq: 0, hash: ANY };

/** C1–C3: up to where the feeds of revoked devices count. */
export class Cuts {
  readonly #sql: Sql;
  readonly #account: () => AccountState;
  readonly #idOf: (conversation: number) => Uint8Array;
  readonly #limits = new Map<number, Limit>();
  #state: AccountState | undefined;

  /** `idOf`: of the conversation of that row. */
  constructor(sql: Sql, account: () => AccountState, idOf: (conversation: number) => Uint8Array) {
    this.#sql = sql;
    this.#account = account;
    this.#idOf = idOf;
  }

  forget(): void {
    this.#limits.clear();
  }

  limitOf(feed: FeedState): Limit {
    const state = this.#account();
    if (state !== this.#state) this.forget();
    this.#state = state;
    const known = this.#limits.get(feed.row);
    if (known !== undefined) return known;
    const standing = standingOf(state, feed.device);
    // A9: whom a frozen senior has revoked waits, and is read no further than if it were out.
    const isOut = standing?.state === "revoked" || standing?.why.code === "disputed";
    const limit = isOut ? this.#read(feed) : "none";
    this.#limits.set(feed.row, limit);
    return limit;
  }

  /** C2: false for an entry that is quarantined, or would be. Without a cut, what was integrated before stays. */
  covers(feed: FeedState, seq: number, hash: Uint8Array): boolean {
    const limit = this.limitOf(feed);
    if (limit === "none") return true;
    if (limit === "unknown") return seq <= feed.integrated;
    return seq < limit.seq || (seq === limit.seq && sameBytes(hash, limit.hash));
  }

  /** C3: cuts only grow; of two ends at one place the higher id holds, so that the order of arrival plays no part. */
  learn(conversation: number, { device, feeds }: CutBody): boolean {
    const put = (incarnation: Uint8Array, seq: number, hash: Uint8Array) =>
      this.#sql.run(
        `insert into cut (conversation, device, incarnation, seq, hash) values (?, ?, ?, ?, ?)
         on conflict do update set seq = excluded.seq, hash = excluded.hash where (excluded.seq, excluded.hash) > (cut.seq, cut.hash)`,
        ...[conversation, device, incarnation, seq, hash],
      ).changes > 0;
    let grown = put(ANY, 0, ANY);
    for (const { inc, seq, hash } of feeds) grown = put(inc, seq, hash) || grown;
    if (grown) this.forget();
    return grown;
  }

  /**
   * C1: who revoked the device knew these conversations, by the first bytes of their ids. In others nothing of it counts until a cut
   * says so. What several revokers knew adds up.
   */
  learnKnown(device: Uint8Array, conversations: readonly Uint8Array[]): boolean {
    let grown = false;
    for (const conversation of [ANY, ...conversations])
      grown =
        this.#sql.run("insert or ignore into cut_known (device, conversation) values (?, ?)", device, conversation).changes > 0 || grown;
    if (grown) this.forget();
    return grown;
  }

  /** The cuts of a conversation, by device, as the bodies that would say the same. */
  of(conversation: number): CutBody[] {
    const rows = this.#sql.all<{ device: Uint8Array; incarnation: Uint8Array; seq: number; hash: Uint8Array }>(
      "select device, incarnation, seq, hash from cut where conversation = ? order by device, incarnation",
      conversation,
    );
    const bodies: CutBody[] = [];
    for (const { device, incarnation, seq, hash } of rows) {
      if (!sameBytes(bodies.at(-1)?.device ?? ANY, device)) bodies.push({ device, feeds: [] });
      if (incarnation.length > 0) bodies.at(-1)?.feeds.push({ inc: incarnation, seq, hash });
    }
    return bodies;
  }

  #read({ conversation, device, incarnation }: FeedState): Limit {
    const found = this.#sql.get<{ seq: number; hash: Uint8Array }>(
      `select seq, hash from cut where conversation = ? and device = ? and incarnation in (?, ?) order by incarnation desc limit 1`,
      ...[conversation, device, incarnation, ANY],
    );
    return found ?? (this.#isOutside(conversation, device) ? NOTHING : "unknown");
  }

  #isOutside(conversation: number, device: Uint8Array): boolean {
    const known = (prefix: Uint8Array) =>
      this.#sql.get("select 1 from cut_known where device = ? and conversation = ?", device, prefix) !== undefined;
    return known(ANY) && !known(this.#idOf(conversation).subarray(0, CONVERSATION_PREFIX));
  }
}
