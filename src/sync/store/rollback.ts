import { standingOf, type AccountState } from "../account/resolve.ts";
import type { Projection, StoredEntry } from "../core.ts";
import { sameBytes, toHex } from "../encoding/bytes.ts";
import type { Clock, Sql } from "../ports.ts";

/**
 * May what this entry asks for have been done already, by this device before its database was set back (B5)? `unknown`:
 * wait a little, then ask again.
 */
export type Repetition = "no" | "unknown" | "yes";

/** After a start a peer has this long to tell what it holds of this device's feeds. */
const GRACE_MS = 60_000;
/** A peer that says that it holds more has this long to show it. */
const SUSPICION_MS = 10 * 60_000;
/** After own entries came back there may be more of them, and among them what became of a message. */
const SETTLING_MS = 5000;
/** Other devices' clocks may be ahead of this one's by so much. */
const MARGIN_MS = 60_000;

/** When this device learned that its database is an older one. */
export const rollbackTable: Projection = {
  name: "rollback",
  migrations: ["create table rollback (at integer not null)"],
};

export interface RollbackParts {
  sql: Sql;
  clock: Clock;
  self: Uint8Array;
  account(): AccountState;
  /** The newest entry that was there at the start. */
  lastRow: number;
}

/** B5: a database that was set back cannot know it by itself; peers that hold more of its feeds show it. */
export class Rollback {
  readonly #parts: RollbackParts;
  readonly #opened: number;
  /** Incarnations of this run: what is in them was certainly not there before. */
  readonly #fresh = new Set<string>();
  /** By conversation row: a peer has said that it holds no more of this device's feeds than this device. */
  readonly #witnessed = new Set<number>();
  /** By conversation row: a peer says that it holds more, believed until this time. */
  readonly #suspected = new Map<number, number>();
  #isWatched = false;
  #returned: number | undefined;

  constructor(parts: RollbackParts) {
    this.#parts = parts;
    this.#opened = parts.clock.now();
  }

  /** Peers will be asked: only then it makes sense to wait for them. */
  watch(): void {
    this.#isWatched = true;
  }

  writesIn(incarnation: Uint8Array): void {
    this.#fresh.add(toHex(incarnation));
  }

  witnessed(conversation: number): void {
    this.#witnessed.add(conversation);
    this.#suspected.delete(conversation);
  }

  suspected(conversation: number): void {
    if (!this.#suspected.has(conversation)) this.#suspected.set(conversation, this.#parts.clock.now() + SUSPICION_MS);
  }

  /** Entries of this device's own came back, in a transaction: the proof. */
  proven(): void {
    const { sql, clock } = this.#parts;
    this.#returned = clock.now();
    if (this.#provenAt() < this.#returned) sql.run("insert into rollback (at) values (?)", this.#returned);
  }

  /** `since`: when what it asks for was decided, e.g. by the person once more; milliseconds since 1970. */
  repeats(entry: StoredEntry, since: number): Repetition {
    if (entry.own && this.#fresh.has(toHex(entry.incarnation))) return "no";
    const now = this.#parts.clock.now();
    const margin = entry.own || since !== entry.hlc.ms ? 0 : MARGIN_MS;
    if (since <= this.#provenAt() + margin) return this.#isWithin(this.#returned, SETTLING_MS, now) ? "unknown" : "yes";
    const suspectedUntil = this.#suspected.get(entry.conversationRow);
    if (suspectedUntil !== undefined && now < suspectedUntil) return "unknown";
    return this.#mayStillBeTold(entry, now) ? "unknown" : "no";
  }

  #mayStillBeTold(entry: StoredEntry, now: number): boolean {
    const wasThere = entry.row <= this.#parts.lastRow && !this.#witnessed.has(entry.conversationRow);
    return this.#isWatched && wasThere && this.#isWithin(this.#opened, GRACE_MS, now) && this.#hasPeers();
  }

  #hasPeers(): boolean {
    const { self } = this.#parts;
    const account = this.#parts.account();
    return [...account.devices.values()].some(({ key }) => !sameBytes(key, self) && standingOf(account, key)?.state === "admitted");
  }

  #isWithin(start: number | undefined, length: number, now: number): boolean {
    return start !== undefined && now >= start && now < start + length;
  }

  #provenAt(): number {
    return this.#parts.sql.get<{ at: number | null }>("select max(at) as at from rollback")?.at ?? Number.NEGATIVE_INFINITY;
  }
}
