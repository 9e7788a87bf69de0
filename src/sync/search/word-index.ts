import type { Hlc } from "../core.ts";
import type { Sql } from "../ports.ts";
import { dropErased, HAS_BODY } from "../store/derived.ts";

/** What goes into the index. */
export interface Document {
  entry: number;
  conversation: number;
  place: Hlc;
  terms: readonly string[];
}

export interface Candidate {
  doc: number;
  entry: number;
}

/** Numbers of one millisecond: with 42 bits of time, which last until 2109, 53 bits in all. */
const SLOTS = 2048;
const LAST_MS = 2 ** 42 - 1;
/** Pages that one step of a purge writes. */
const PURGE_PAGES = 64;

const ENTRY_OF_DOC = "e.row = search_doc.entry";

/** The tables of the index. Called inside transactions where it writes. */
export class WordIndex {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Replaces what stood there under the same entry. */
  put(documents: readonly Document[]): void {
    const numbered = documents.map(({ terms, ...document }) => ({ doc: this.#number(document), terms }));
    // FTS5 writes out what it has gathered whenever a number is lower than the one before.
    numbered.sort((a, b) => a.doc - b.doc);
    for (const { doc, terms } of numbered) this.#sql.run("insert into search_word (rowid, words) values (?, ?)", doc, terms.join(" "));
  }

  remove(entry: number): boolean {
    const found = this.#sql.get<{ doc: number }>("select doc from search_doc where entry = ?", entry);
    if (!found) return false;
    this.#sql.run("delete from search_word where rowid = ?", found.doc);
    this.#sql.run("delete from search_doc where doc = ?", found.doc);
    return true;
  }

  /** Those of the conversation whose entries have no body any more. */
  removeErased(conversation: number): boolean {
    const docs = `select doc from search_doc where conversation = ? and not exists (${HAS_BODY} and ${ENTRY_OF_DOC})`;
    this.#sql.run(`delete from search_word where rowid in (${docs})`, conversation);
    return dropErased(this.#sql, "search_doc", conversation, ENTRY_OF_DOC);
  }

  clear(): void {
    this.#sql.exec("insert into search_word (search_word) values ('delete-all'); delete from search_doc; delete from search_again");
  }

  /** Shown entries that are likely to have what `match` says, newest first. */
  find(match: string, { from, below, limit }: { from: number; below: number; limit: number }): Candidate[] {
    return this.#sql.all<Candidate>(
      `select d.doc, d.entry from search_word w join search_doc d on d.doc = w.rowid
       where w.search_word match ? and w.rowid >= ? and w.rowid < ? order by w.rowid desc limit ?`,
      ...[match, from, below, limit],
    );
  }

  /**
   * E2: writes a part of the index anew without what was taken out, whose hashes stay in the file until then. True once all
   * is done.
   */
  purge(first: boolean): boolean {
    const before = this.#changes();
    this.#sql.run("insert into search_word (search_word, rank) values ('merge', ?)", first ? -PURGE_PAGES : PURGE_PAGES);
    return this.#changes() - before < 2;
  }

  #changes(): number {
    return this.#sql.get<{ n: number }>("select total_changes() as n")?.n ?? 0;
  }

  #number({ entry, conversation, place }: Omit<Document, "terms">): number {
    for (let { first, end } = docsOf(place.ms); ; ) {
      const preferred = Math.max(first, Math.min(first + place.n, end - 1));
      if (this.#claim(preferred, entry, conversation)) return preferred;
      const next = (this.#sql.get<{ doc: number | null }>("select max(doc) as doc from search_doc where doc < ?", end)?.doc ?? first) + 1;
      if (next < end && this.#claim(next, entry, conversation)) return next;
      [first, end] = [end, end + SLOTS];
    }
  }

  #claim(doc: number, entry: number, conversation: number): boolean {
    const sql = "insert or ignore into search_doc (doc, entry, conversation) values (?, ?, ?)";
    return this.#sql.run(sql, doc, entry, conversation).changes > 0;
  }
}

/** The numbers of what stands at this millisecond; `end` is the first of the next. */
export function docsOf(ms: number): { first: number; end: number } {
  const first = Math.max(0, Math.min(ms, LAST_MS)) * SLOTS;
  return { first, end: first + SLOTS };
}
