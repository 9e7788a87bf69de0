import type { AccountState } from "../account/resolve.ts";
import type { Conversation, EntryAddress, Founding, Reader, StoredEntry } from "../core.ts";
import type { Graveyard } from "../deletion/graveyard.ts";
import { sameBytes } from "../encoding/bytes.ts";
import type { Cbor } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";
import { decodeBody } from "../log/body.ts";
import type { MessageId } from "../log/public-id.ts";
import type { Clock, Sql } from "../ports.ts";
import type { LogStore } from "./log-store.ts";
import type { Repetition, Rollback } from "./rollback.ts";
import { placeOf, type Sealing } from "./sealing.ts";

export interface ReaderParts {
  sql: Sql;
  store: LogStore;
  dataKey: Sealing;
  clock: Clock;
  self: Uint8Array;
  account(): AccountState;
  graves: Graveyard;
  rollback: Rollback;
}

export class CoreReader implements Reader {
  readonly #parts: ReaderParts;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  get sql(): Sql {
    return this.#parts.sql;
  }
  get account(): AccountState {
    return this.#parts.account();
  }
  get self(): Uint8Array {
    return this.#parts.self;
  }
  now(): number {
    return this.#parts.clock.now();
  }
  conversation(row: number): Conversation | undefined {
    return this.#parts.store.conversation(row);
  }
  conversationById(id: Uint8Array): Conversation | undefined {
    return this.#parts.store.conversationById(id);
  }
  conversationByFounding(founding: Founding): Conversation | undefined {
    return this.#parts.store.conversationByFounding(founding);
  }
  conversations(): Conversation[] {
    return this.#parts.store.conversations();
  }
  entry(row: number): StoredEntry | undefined {
    return this.#parts.store.entry(row);
  }

  entryAt(address: EntryAddress): StoredEntry | undefined {
    const conversation = this.conversationById(address.conversation);
    const feed = conversation && this.#parts.store.findFeed(conversation.row, address.feed, address.incarnation);
    return feed && this.#parts.store.entryIn(feed, address.seq);
  }

  /** The entry that a public message id names. */
  entryByMessageId(id: MessageId): StoredEntry | undefined {
    const isPrefix = (prefix: Uint8Array, whole: Uint8Array) => sameBytes(prefix, whole.subarray(0, prefix.length));
    const conversation = this.conversations().find((candidate) => isPrefix(id.conversationPrefix, candidate.id));
    if (!conversation) return undefined;
    const feeds = [...this.#parts.store.feeds(conversation.row)];
    const feed = feeds.find((candidate) => isPrefix(id.feedPrefix, candidate.device) && sameBytes(candidate.incarnation, id.incarnation));
    return feed && this.#parts.store.entryIn(feed, id.seq);
  }

  isBlocked(conversationRow: number): boolean {
    const conversation = this.conversation(conversationRow);
    if (!conversation || conversation.founding.kind === "self") return false;
    return this.#parts.graves.ofConversation(conversation)?.blocked === true;
  }

  body(row: number): Cbor | undefined {
    const bytes = this.#parts.store.body(row);
    if (!bytes) return undefined;
    try {
      return decodeBody(bytes);
    } catch (error) {
      if (error instanceof MalformedError) return undefined;
      throw error;
    }
  }

  repeats(entry: StoredEntry, since: number): Repetition {
    return this.#parts.rollback.repeats(entry, since);
  }
  seal(table: string, id: string, column: string, plain: Uint8Array): Uint8Array {
    return this.#parts.dataKey.seal(placeOf(table, id, column), plain);
  }
  open(table: string, id: string, column: string, sealed: Uint8Array): Uint8Array {
    return this.#parts.dataKey.open(placeOf(table, id, column), sealed);
  }
}
