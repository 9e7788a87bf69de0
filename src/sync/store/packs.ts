import { concat } from "../encoding/bytes.ts";
import { HomeportError } from "../errors.ts";
import type { Crypto, Random, Sql } from "../ports.ts";
import type { FeedState } from "./feed-table.ts";
import { type Packable, packHeaders, unpackBodies, unpackHeaders } from "./pack-format.ts";
import { placeOf, Sealing } from "./sealing.ts";

/** Reading one entry opens its pack, and deleting one takes the pack apart: that bounds what either costs. */
const MAX_ENTRIES = 64;
const MAX_BYTES = 64 * 1024;
/** Opened ones that stay in memory, for who reads one entry after the other. */
const KEPT = 8;

export interface PackedEntry {
  header: Uint8Array;
  body: Uint8Array;
}

/** Consecutive entries of one feed. */
export interface Pack {
  conversation: number;
  feed: number;
  /** Sequence number of the first entry. */
  first: number;
  bodies: readonly Uint8Array[];
  /** Made when somebody asks. */
  headers(): readonly Uint8Array[];
}

interface PackRow {
  conversation: number;
  feed: number;
  first: number;
  key: Uint8Array;
  headers: Uint8Array;
  bodies: Uint8Array;
}

/**
 * Segments that hold their entries themselves: what the headers are made from (pack-format.ts), and the bodies sealed in one piece, under a key of the
 * pack (R2). What came in bulk is kept like this, since a row for each of so many bodies costs more than all the rest. The rows
 * of the entries hold empty bytes in place of header and body.
 */
export class Packs {
  readonly #sql: Sql;
  readonly #crypto: Crypto;
  readonly #random: Random;
  readonly #dataKey: Sealing;
  readonly #open = new Map<number, Pack>();

  constructor(sql: Sql, crypto: Crypto, random: Random, dataKey: Sealing) {
    this.#sql = sql;
    this.#crypto = crypto;
    this.#random = random;
    this.#dataKey = dataKey;
  }

  /** Stores them in as many packs as it takes. Returns which of the entries each holds. `first`: sequence number of the first. */
  add(feed: FeedState, first: number, entries: readonly Packable[]): { segment: number; from: number; to: number }[] {
    const packs: { segment: number; from: number; to: number }[] = [];
    for (let from = 0; from < entries.length; from = packs.at(-1)?.to as number) {
      const to = endOf(entries, from);
      packs.push({ segment: this.#insert(feed, first + from, entries.slice(from, to)), from, to });
    }
    return packs;
  }

  /** Throws `HomeportError` of code `corrupt` where there is no such entry. */
  entry(segment: number, seq: number): PackedEntry {
    const header = this.pack(segment).headers()[seq - this.pack(segment).first];
    if (!header) throw corrupt();
    return { header, body: this.body(segment, seq) };
  }

  /** The same without what the header costs. */
  body(segment: number, seq: number): Uint8Array {
    const { bodies, first } = this.pack(segment);
    const body = bodies[seq - first];
    if (!body) throw corrupt();
    return body;
  }

  /** Throws `HomeportError` of code `corrupt`. */
  pack(segment: number): Pack {
    const known = this.#open.get(segment);
    if (known) return known;
    const row = this.#sql.get<PackRow>("select conversation, feed, first, key, headers, bodies from segment where row = ?", segment);
    if (!row) throw corrupt();
    const pack = this.#opened(row);
    const oldest = this.#open.size >= KEPT ? (this.#open.keys().next().value as number) : undefined;
    if (oldest !== undefined) this.#open.delete(oldest);
    this.#open.set(segment, pack);
    return pack;
  }

  /** R2: its bodies and their key are gone. */
  drop(segment: number): void {
    this.#sql.run("delete from segment where row = ?", segment);
    this.#open.delete(segment);
  }

  /** E3: the packs that hold nothing of the feed from `seq` on are gone. */
  dropBefore(feed: FeedState, seq: number): void {
    this.#sql.run("delete from segment where feed = ? and first + count <= ?", feed.row, seq);
    this.#open.clear();
  }

  forget(): void {
    for (const { bodies } of this.#open.values()) for (const body of bodies) this.#crypto.wipe(body);
    this.#open.clear();
  }

  #insert(feed: FeedState, first: number, entries: readonly Packable[]): number {
    const key = this.#random.bytes(32);
    const bodies = new Sealing(this.#crypto, this.#random, key).seal(
      placeOfPack(feed.row, first, "bodies"),
      concat(...entries.map(({ body }) => body)),
    );
    const sealedKey = this.#dataKey.seal(placeOfPack(feed.row, first, "key"), key);
    this.#crypto.wipe(key);
    return this.#sql.run(
      "insert into segment (conversation, key, feed, first, count, headers, bodies) values (?, ?, ?, ?, ?, ?, ?)",
      ...[feed.conversation, sealedKey, feed.row, first, entries.length, packHeaders(entries), bodies],
    ).lastId;
  }

  #opened({ conversation, feed, first, key, headers, bodies }: PackRow): Pack {
    const unsealed = this.#dataKey.open(placeOfPack(feed, first, "key"), key);
    const sealing = new Sealing(this.#crypto, this.#random, unsealed);
    const plain = sealing.open(placeOfPack(feed, first, "bodies"), bodies);
    sealing.wipe();
    const divided = unpackBodies(headers, plain);
    let made: readonly Uint8Array[] | undefined;
    return { conversation, feed, first, bodies: divided, headers: () => (made ??= unpackHeaders(this.#crypto, headers, divided)) };
  }
}

const placeOfPack = (feed: number, first: number, column: string): string => placeOf("segment", `${feed}/${first}`, column);

function endOf(entries: readonly Packable[], start: number): number {
  let bytes = 0;
  let end = start;
  for (; end < entries.length && end - start < MAX_ENTRIES; end++) {
    bytes += (entries[end] as Packable).body.length;
    if (bytes > MAX_BYTES && end > start) break;
  }
  return end;
}

function corrupt(): HomeportError {
  return new HomeportError("corrupt", "The database holds an entry without its content. Restore a backup.");
}
