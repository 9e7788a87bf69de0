import type { Crypto, Random, Sql } from "../ports.ts";
import { placeOf, Sealing } from "./sealing.ts";

/** Bodies sealed under one key. Erasing one later means to seal the others of its segment again. */
const ENTRIES_PER_SEGMENT = 256;
const CACHED_KEYS = 1024;

/** R2: the keys under which bodies are sealed, themselves sealed under the data key. */
export class Segments {
  readonly #sql: Sql;
  readonly #crypto: Crypto;
  readonly #random: Random;
  readonly #dataKey: Sealing;
  readonly #keys = new Map<number, Sealing>();
  /** By conversation: where the next body goes. */
  readonly #open = new Map<number, { row: number; left: number }>();

  constructor(sql: Sql, crypto: Crypto, random: Random, dataKey: Sealing) {
    this.#sql = sql;
    this.#crypto = crypto;
    this.#random = random;
    this.#dataKey = dataKey;
  }

  /** The segment for the next body of the conversation. */
  take(conversation: number): number {
    let open = this.#open.get(conversation);
    if (!open || open.left === 0) {
      open = { row: this.create(conversation), left: ENTRIES_PER_SEGMENT };
      this.#open.set(conversation, open);
    }
    open.left -= 1;
    return open.row;
  }

  /** A segment that `take` hands out to nobody. */
  create(conversation: number): number {
    const key = this.#random.bytes(32);
    const row = this.#sql.run("insert into segment (conversation, key) values (?, ?)", conversation, new Uint8Array()).lastId;
    this.#sql.run("update segment set key = ? where row = ?", this.#dataKey.seal(placeOf("segment", row, "key"), key), row);
    this.#remember(row, key);
    return row;
  }

  sealing(segment: number): Sealing {
    const cached = this.#keys.get(segment);
    if (cached) return cached;
    const sealed = this.#sql.get<{ key: Uint8Array }>("select key from segment where row = ?", segment);
    const key = this.#dataKey.open(placeOf("segment", segment, "key"), sealed?.key ?? new Uint8Array());
    return this.#remember(segment, key);
  }

  /** R2: another key for the segment; the old one is gone. What stays in the segment has to be sealed again by the caller. */
  renew(segment: number): Sealing {
    const key = this.#random.bytes(32);
    this.#sql.run("update segment set key = ? where row = ?", this.#dataKey.seal(placeOf("segment", segment, "key"), key), segment);
    return this.#remember(segment, key);
  }

  /** R2: no body is sealed under it any more. */
  drop(segment: number): void {
    this.#sql.run("delete from segment where row = ?", segment);
    this.#keys.delete(segment);
    for (const [conversation, open] of this.#open) if (open.row === segment) this.#open.delete(conversation);
  }

  /** After a transaction that failed: what it made is not there. At the end: no key stays in memory (K4). */
  forget(): void {
    for (const sealing of this.#keys.values()) sealing.wipe();
    this.#keys.clear();
    this.#open.clear();
  }

  #remember(segment: number, key: Uint8Array): Sealing {
    if (this.#keys.size >= CACHED_KEYS) this.#keys.delete(this.#keys.keys().next().value as number);
    const sealing = new Sealing(this.#crypto, this.#random, key);
    this.#keys.set(segment, sealing);
    return sealing;
  }
}
