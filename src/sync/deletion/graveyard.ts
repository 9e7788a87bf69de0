import type { EntryRange, TombstoneBody } from "../content/deletion.ts";
import type { Conversation, Hlc } from "../core.ts";
import { toHex } from "../encoding/bytes.ts";
import { compareHlc } from "../log/hlc.ts";
import type { Sql } from "../ports.ts";
import { isErasable, isMessage } from "./kinds.ts";

/** What becomes of an entry, by its header alone, so that every device comes to the same. */
export type Fate =
  | "stays"
  /** Its body is gone; a line says that something was here. */
  | "erased"
  /** Its body is gone and so is its line. */
  | "hidden"
  /** Nothing of it stays but the end of its feed. */
  | "collapsed";

export interface Grave {
  /** Of messages; 0 for none. */
  before: number;
  /** E3: everything up to here; undefined where the conversation was not deleted. */
  all: Hlc | undefined;
  /** E3: what is later is dropped as well. */
  blocked: boolean;
  /** By device and incarnation in hexadecimal, ascending. */
  ranges: ReadonlyMap<string, readonly { first: number; last: number }[]>;
}

interface ConversationRow {
  before_ms: number;
  all_ms: number;
  all_n: number;
  blocked: number;
}

/** E1, E2: what is deleted, for ever. Read at every arrival, and so kept in memory; written only inside transactions. */
export class Graveyard {
  readonly #sql: Sql;
  readonly #graves = new Map<string, Grave | undefined>();
  /** The same by the row of a conversation that is here: asked for each entry that comes. */
  readonly #byRow = new Map<number, Grave | undefined>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  forget(): void {
    this.#graves.clear();
    this.#byRow.clear();
  }

  ofConversation({ row, id }: Pick<Conversation, "row" | "id">): Grave | undefined {
    if (!this.#byRow.has(row)) this.#byRow.set(row, this.of(id));
    return this.#byRow.get(row);
  }

  /** Undefined where nothing of the conversation was deleted. `id`: 32 bytes. */
  of(conversation: Uint8Array): Grave | undefined {
    const key = toHex(conversation);
    if (this.#graves.has(key)) return this.#graves.get(key);
    const grave = this.#read(conversation);
    this.#graves.set(key, grave);
    return grave;
  }

  /** Adds what a tombstone says (E1); `said`: its own clock. True where that is more than was known. */
  add(body: TombstoneBody, said: Hlc): boolean {
    let more = false;
    for (const range of body.ranges ?? []) more = this.#addRange(body.conversation, range) || more;
    if (body.before !== undefined) more = this.#raise(body.conversation, body.before) || more;
    if (body.all !== undefined) more = this.#bury(body.conversation, said, body.all === "block") || more;
    this.forget();
    return more;
  }

  /** Before everything is added again: a tombstone turned out not to count. */
  empty(): void {
    this.#sql.run("delete from tombstone_range");
    this.#sql.run("delete from tombstone_conversation");
    this.forget();
  }

  #addRange(conversation: Uint8Array, { feed, inc, from, to }: EntryRange): boolean {
    if (to < from) return false;
    const near = this.#sql.all<{ first: number; last: number }>(
      "select first, last from tombstone_range where conversation = ? and feed = ? and incarnation = ? and first <= ? and last >= ?",
      ...[conversation, feed, inc, to + 1, from - 1],
    );
    if (near.some(({ first, last }) => first <= from && last >= to)) return false;
    for (const { first } of near)
      this.#sql.run(
        "delete from tombstone_range where conversation = ? and feed = ? and incarnation = ? and first = ?",
        ...[conversation, feed, inc, first],
      );
    const first = Math.min(from, ...near.map((range) => range.first));
    const last = Math.max(to, ...near.map((range) => range.last));
    this.#sql.run("insert into tombstone_range values (?, ?, ?, ?, ?)", conversation, feed, inc, first, last);
    return true;
  }

  #raise(conversation: Uint8Array, before: number): boolean {
    return this.#change(
      `insert into tombstone_conversation (conversation, before_ms) values (?, ?)
       on conflict do update set before_ms = excluded.before_ms where excluded.before_ms > before_ms`,
      ...[conversation, before],
    );
  }

  /** Of two that decide at one moment, blocking wins. */
  #bury(conversation: Uint8Array, said: Hlc, block: boolean): boolean {
    const deeper = this.#change(
      `insert into tombstone_conversation (conversation, all_ms, all_n) values (?, ?, ?)
       on conflict do update set all_ms = excluded.all_ms, all_n = excluded.all_n where (excluded.all_ms, excluded.all_n) > (all_ms, all_n)`,
      ...[conversation, said.ms, said.n],
    );
    const decided = this.#change(
      `update tombstone_conversation set said_ms = ?, said_n = ?, blocked = ?
       where conversation = ? and (?, ?, ?) > (said_ms, said_n, blocked)`,
      ...[said.ms, said.n, block ? 1 : 0, conversation, said.ms, said.n, block ? 1 : 0],
    );
    return deeper || decided;
  }

  #change(sql: string, ...params: (Uint8Array | number)[]): boolean {
    return this.#sql.run(sql, ...params).changes > 0;
  }

  #read(conversation: Uint8Array): Grave | undefined {
    const whole = this.#sql.get<ConversationRow>(
      "select before_ms, all_ms, all_n, blocked from tombstone_conversation where conversation = ?",
      conversation,
    );
    const rows = this.#sql.all<{ feed: Uint8Array; incarnation: Uint8Array; first: number; last: number }>(
      "select feed, incarnation, first, last from tombstone_range where conversation = ? order by feed, incarnation, first",
      conversation,
    );
    if (!whole && rows.length === 0) return undefined;
    const ranges = new Map<string, { first: number; last: number }[]>();
    for (const { feed, incarnation, first, last } of rows) {
      const key = feedKey(feed, incarnation);
      const list = ranges.get(key);
      if (list) list.push({ first, last });
      else ranges.set(key, [{ first, last }]);
    }
    const all = whole && whole.all_ms > 0 ? { ms: whole.all_ms, n: whole.all_n } : undefined;
    return { before: whole?.before_ms ?? 0, all, blocked: whole?.blocked === 1, ranges };
  }
}

export interface BuriedEntry {
  feed: Uint8Array;
  incarnation: Uint8Array;
  seq: number;
  kind: number;
  hlc: Hlc;
}

/** E1–E3. `own`: the own-devices log, of which only what people wrote can go, as the rest of it is what the devices work by. */
export function fateOf(grave: Grave | undefined, entry: BuriedEntry, own: boolean): Fate {
  if (!grave) return "stays";
  const deleted = grave.all !== undefined && compareHlc(entry.hlc, grave.all) <= 0;
  if (deleted && !own) return "collapsed";
  if (!isErasable(entry.kind)) return "stays";
  if (deleted || (grave.blocked && !own)) return "hidden";
  if (isMessage(entry.kind) && entry.hlc.ms < grave.before) return "hidden";
  return inRanges(grave, entry) ? "erased" : "stays";
}

/** True where a range of a tombstone names the entry. */
export function inRanges(grave: Grave, { feed, incarnation, seq }: Pick<BuriedEntry, "feed" | "incarnation" | "seq">): boolean {
  if (grave.ranges.size === 0) return false;
  const list = grave.ranges.get(feedKey(feed, incarnation));
  if (!list) return false;
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] as { last: number }).last < seq) low = middle + 1;
    else high = middle;
  }
  const found = list[low];
  return found !== undefined && found.first <= seq;
}

function feedKey(feed: Uint8Array, incarnation: Uint8Array): string {
  return toHex(feed) + toHex(incarnation);
}
