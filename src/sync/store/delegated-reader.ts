import type { AccountState } from "../account/resolve.ts";
import type { Conversation, EntryAddress, Founding, Reader, StoredEntry } from "../core.ts";
import type { Cbor } from "../encoding/cbor.ts";
import type { MessageId } from "../log/public-id.ts";
import type { Sql } from "../ports.ts";
import type { CoreReader } from "./reader.ts";
import type { Repetition } from "./rollback.ts";

/** The reading half of what reads and does something else as well. */
export class DelegatedReader implements Reader {
  readonly #reader: CoreReader;

  constructor(reader: CoreReader) {
    this.#reader = reader;
  }

  get sql(): Sql {
    return this.#reader.sql;
  }
  get account(): AccountState {
    return this.#reader.account;
  }
  get self(): Uint8Array {
    return this.#reader.self;
  }
  now(): number {
    return this.#reader.now();
  }
  conversation(row: number): Conversation | undefined {
    return this.#reader.conversation(row);
  }
  conversationById(id: Uint8Array): Conversation | undefined {
    return this.#reader.conversationById(id);
  }
  conversationByFounding(founding: Founding): Conversation | undefined {
    return this.#reader.conversationByFounding(founding);
  }
  conversations(): Conversation[] {
    return this.#reader.conversations();
  }
  entry(row: number): StoredEntry | undefined {
    return this.#reader.entry(row);
  }
  entryAt(address: EntryAddress): StoredEntry | undefined {
    return this.#reader.entryAt(address);
  }
  entryByMessageId(id: MessageId): StoredEntry | undefined {
    return this.#reader.entryByMessageId(id);
  }
  isBlocked(conversationRow: number): boolean {
    return this.#reader.isBlocked(conversationRow);
  }
  body(row: number): Cbor | undefined {
    return this.#reader.body(row);
  }
  repeats(entry: StoredEntry, since: number): Repetition {
    return this.#reader.repeats(entry, since);
  }
  seal(table: string, id: string, column: string, plain: Uint8Array): Uint8Array {
    return this.#reader.seal(table, id, column, plain);
  }
  open(table: string, id: string, column: string, sealed: Uint8Array): Uint8Array {
    return this.#reader.open(table, id, column, sealed);
  }
}
