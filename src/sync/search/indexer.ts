import type { Core, Reader, StoredEntry, Writer } from "../core.ts";
import { fromUtf8, toHex, utf8 } from "../encoding/bytes.ts";
import type { Log } from "../log-port.ts";
import type { Clock, Crypto, Random } from "../ports.ts";
import { markForPurge } from "./projection.ts";
import { Purger } from "./purger.ts";
import { TermHasher } from "./terms.ts";
import { tokenize, tokenizerMark } from "./tokenize.ts";
import { type Document, WordIndex } from "./word-index.ts";

/** What an entry is found by. */
export interface Searchable {
  text: string;
  /** Names under which people know who said it; empty for an own device. */
  authors: readonly string[];
}

export interface IndexerOptions {
  core: Core & { readonly changes: { add(listener: () => void): () => void } };
  crypto: Crypto;
  random: Random;
  clock: Clock;
  /** Kinds of entries that `searchable` knows. */
  kinds: readonly number[];
  /** As it is shown now; undefined for what shows no text. */
  searchable(reader: Reader, entry: StoredEntry): Searchable | undefined;
  log: Log;
}

/** Entries of one commit: about 10 ms. */
const SLICE = 200;
/** Nothing came for so long: the rest may be indexed without being in the way. In milliseconds. */
const QUIET_MS = 500;
/** So often a slice is done while entries keep coming. */
const BUSY_MS = 2000;
/** Keeps the index behind the log, a slice at a time, so that taking in entries is never slowed down by it. */
export class Indexer {
  readonly index: WordIndex;
  readonly hasher: TermHasher;
  readonly #options: IndexerOptions;
  readonly #purger: Purger;
  readonly #remove: () => void;
  #cancel: (() => void) | undefined;
  #lastChange = 0;
  #stopped = false;

  constructor(options: IndexerOptions) {
    this.#options = options;
    const { core, crypto, clock, log } = options;
    this.index = new WordIndex(core.sql);
    this.hasher = new TermHasher(crypto, this.#prepare());
    this.#purger = new Purger(core, this.index, clock, log);
    this.#remove = core.changes.add(() => {
      this.#lastChange = clock.now();
      this.#plan(QUIET_MS);
    });
    this.#plan(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#remove();
    this.#cancel?.();
    this.#purger.stop();
  }

  /** How many rows of the log are not in the index yet; an upper bound of the messages that are not. */
  pending(): number {
    const { sql } = this.#options.core;
    const again = sql.get<{ n: number }>("select count(*) as n from search_again")?.n ?? 0;
    return Math.max(0, lastRow(this.#options.core) - cursorOf(this.#options.core)) + again;
  }

  /** Indexes one slice, in one commit. True where something is left. */
  step(): boolean {
    const { core, kinds } = this.#options;
    const again = core.sql.all<{ entry: number }>("select entry from search_again order by entry limit ?", SLICE).map(({ entry }) => entry);
    if (again.length > 0) core.transact((writer) => this.#replace(writer, again));
    else {
      const cursor = cursorOf(core);
      const rows = core.sql.all<{ row: number }>(
        `select row from entry where row > ? and kind in (${kinds.map(Number).join(", ")}) order by row limit ?`,
        ...[cursor, SLICE],
      );
      const upTo = rows.length === SLICE ? (rows.at(-1)?.row ?? cursor) : lastRow(core);
      if (upTo > cursor) core.transact((writer) => this.#add(writer, rows, upTo));
    }
    return this.pending() > 0;
  }

  #prepare(): Uint8Array {
    const { core, random } = this.#options;
    const mark = tokenizerMark();
    const stored = core.sql.get<{ key: Uint8Array; tokenizer: Uint8Array }>("select key, tokenizer from search_state");
    if (stored && fromUtf8(core.open("search_state", "1", "tokenizer", stored.tokenizer)) === mark)
      return core.open("search_state", "1", "key", stored.key);
    const key = random.bytes(32);
    core.transact((writer) => {
      this.index.clear();
      const seal = (column: string, value: Uint8Array) => writer.seal("search_state", "1", column, value);
      writer.sql.run(
        "insert or replace into search_state (id, key, tokenizer, cursor) values (1, ?, ?, 0)",
        ...[seal("key", key), seal("tokenizer", utf8(mark))],
      );
    });
    return key;
  }

  #add(writer: Writer, rows: readonly { row: number }[], upTo: number): void {
    this.index.put(rows.flatMap(({ row }) => this.#document(writer, row) ?? []));
    writer.sql.run("update search_state set cursor = ?", upTo);
  }

  #replace(writer: Writer, rows: readonly number[]): void {
    const cursor = cursorOf(writer);
    for (const row of rows) {
      if (this.index.remove(row)) markForPurge(writer);
      writer.sql.run("delete from search_again where entry = ?", row);
    }
    // What the cursor has not reached comes in with the others.
    this.index.put(rows.filter((row) => row <= cursor).flatMap((row) => this.#document(writer, row) ?? []));
  }

  #document(reader: Reader, row: number): Document | undefined {
    const entry = reader.entry(row);
    const found = entry && this.#options.searchable(reader, entry);
    if (!entry || !found) return undefined;
    const { hasher } = this;
    const author = found.authors.length > 0 ? hasher.ofAuthor(found.authors) : [hasher.ofDevice(toHex(entry.feed))];
    const terms = [...hasher.ofText(tokenize(found.text)), hasher.ofConversation(toHex(entry.conversation)), ...author];
    return { entry: row, conversation: entry.conversationRow, place: entry.place, terms: [...new Set(terms)] };
  }

  #plan(wait: number): void {
    if (this.#stopped || this.#cancel) return;
    this.#cancel = this.#options.clock.after(wait, () => {
      this.#cancel = undefined;
      this.#tick();
    });
  }

  #tick(): void {
    const { clock, log } = this.#options;
    try {
      const begun = clock.now();
      const more = this.step();
      const isBusy = begun - this.#lastChange < QUIET_MS && this.#lastChange > 0;
      // As long a pause as the work took: whatever else the device has to do comes to its turn.
      if (more) this.#plan(isBusy ? BUSY_MS : Math.max(1, clock.now() - begun));
      else this.#purger.check();
    } catch (error) {
      if (!this.#stopped)
        log("error", "the search index could not be brought up to date", { what: error instanceof Error ? error.message : "unknown" });
    }
  }
}

function lastRow({ sql }: Reader): number {
  return sql.get<{ row: number | null }>("select max(row) as row from entry")?.row ?? 0;
}

function cursorOf({ sql }: Reader): number {
  return sql.get<{ cursor: number }>("select cursor from search_state")?.cursor ?? 0;
}
