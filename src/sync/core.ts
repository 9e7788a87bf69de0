/** The face of the core towards what stands on it: the device's API handlers and the bridge host. */
import type { AccountState } from "./account/resolve.ts";
import type { Cbor } from "./encoding/cbor.ts";
import type { Sql } from "./ports.ts";
import type { Repetition } from "./store/rollback.ts";

/** The fixed data whose hash is a conversation's id (J4), and from which its members follow. */
export type Founding =
  /** The own-devices log: device names, cuts, accounts of bridges, and the person's notes to themselves. */
  | { kind: "self"; account: Uint8Array }
  /** A conversation of another network, for the person's own devices only. */
  | { kind: "bridge"; account: Uint8Array; network: string; bridge: string; conv: string };

export interface Conversation {
  /** Local integer; never leaves the device. */
  row: number;
  /** 32 bytes. */
  id: Uint8Array;
  founding: Founding;
}

/** Where an entry stands, the same on every device. */
export interface EntryAddress {
  conversation: Uint8Array;
  /** Device key, 32 bytes. */
  feed: Uint8Array;
  /** 8 random bytes. */
  incarnation: Uint8Array;
  /** From 1. */
  seq: number;
}

/** Hybrid logical clock: milliseconds since 1970 (48 bits) and a counter (16 bits). */
export interface Hlc {
  ms: number;
  n: number;
}

export interface StoredEntry extends EntryAddress {
  /** Local integer; never leaves the device. */
  row: number;
  conversationRow: number;
  kind: number;
  hlc: Hlc;
  /** What views sort by: the hlc, or the network's time for fetched history (B2). */
  place: Hlc;
  /** Milliseconds since 1970, by this device's clock. */
  arrived: number;
  /** Authored by this device. */
  own: boolean;
}

/** Reading; opens sealed bodies. */
export interface Reader {
  /** For the tables of the component that asks. Never write through a reader. */
  readonly sql: Sql;
  readonly account: AccountState;
  /** This device's key. */
  readonly self: Uint8Array;
  /** Milliseconds since 1970. */
  now(): number;
  conversation(row: number): Conversation | undefined;
  conversationById(id: Uint8Array): Conversation | undefined;
  conversationByFounding(founding: Founding): Conversation | undefined;
  conversations(): Conversation[];
  entry(row: number): StoredEntry | undefined;
  entryAt(address: EntryAddress): StoredEntry | undefined;
  /** E3: the person deleted the conversation and wants nothing more of it. */
  isBlocked(conversationRow: number): boolean;
  /** The decoded body; undefined where it was erased or does not decode. */
  body(row: number): Cbor | undefined;
  /** B5: may what this entry asks for have been done before this database was set back? `since`: when it was asked for last. */
  repeats(entry: StoredEntry, since: number): Repetition;
  /** Seals for a column of the component's own tables (R1); `table`, `id` and `column` are bound in. */
  seal(table: string, id: string, column: string, plain: Uint8Array): Uint8Array;
  /** Throws `HomeportError` of code `corrupt` where the bytes were moved or changed. */
  open(table: string, id: string, column: string, sealed: Uint8Array): Uint8Array;
}

/** Only `transact` yields one; what it does is one commit, together with the writes to the component's own tables. */
export interface Writer extends Reader {
  /** Finds or makes the conversation, and tells the own devices of a new one. */
  found(founding: Founding): Conversation;
  /**
   * Adds an entry of this device. It is signed and pushed after the commit. Where it stands in views follows from the body
   * alone (`placed` of a bridged line), so that all devices agree.
   */
  append(conversation: number, kind: number, body: Cbor): StoredEntry;
  /** Tells `watch` that an entry is shown differently: with another delivery state, or with another content. */
  touch(entryRow: number, what?: "state" | "content"): void;
  /** Tells `watch` that the conversation is shown differently in the list. Of several times only the last is told to who comes later. */
  touchConversation(conversationRow: number): void;
  /**
   * E2, R2: erases the bodies of these entries and the keys under which they were sealed; header, id and signature stay. Every
   * projection hears of each entry by `erased`. Entries whose body is gone already are passed over.
   */
  erase(entryRows: readonly number[]): void;
  /** Runs after the commit has reached the disk; not at all when the transaction fails. */
  afterCommit(run: () => void): void;
}

export interface IntegratedEntry {
  entry: StoredEntry;
  body: Cbor | undefined;
}

/** A component with tables of its own in the same database, called inside the transaction for every integrated entry. */
export interface Projection {
  /** Name in the schema table; its migrations, oldest first. Never change one that was released: add another. */
  readonly name: string;
  readonly migrations: readonly string[];
  /** The kinds of entries of which `integrated` hears; of all where this is missing. */
  readonly kinds?: ReadonlySet<number>;
  /** `entry` is authentic, in order, and integrated exactly once; own entries come here too. */
  integrated?(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void;
  /**
   * In place of `integrated` where several entries of one feed that are shown came at once: all are stored before the first is
   * handed on, in rows that follow each other.
   */
  integratedMany?(writer: Writer, entries: readonly IntegratedEntry[]): void;
  /**
   * E2: the body of this entry is gone for good, whatever was derived from it has to go in the same transaction. Called once, after
   * the body was erased; also for entries that were stored but never integrated. Keys that tell a repetition from news stay (R2).
   */
  erased?(writer: Writer, entry: StoredEntry): void;
  /**
   * C2: the entry was integrated and turned out to lie behind its author's cut: what was derived from it has to go. It is handed to
   * `integrated` again if the cut grows. Where this is missing `erased` is called.
   */
  retracted?(writer: Writer, entry: StoredEntry): void;
  /**
   * E3: the entries of the conversation up to a clock are gone, rows and all or but for a header without its body; `erased` is not
   * called for them. What was derived from them has to go in the same transaction, and only that: entries with a later clock that
   * are here already stay, and are not handed to `integrated` again.
   */
  conversationErased?(writer: Writer, conversationRow: number): void;
}

export interface Core extends Reader {
  /** `run` is synchronous: it reads, decides and writes, and the whole is one commit or nothing. */
  transact<T>(run: (writer: Writer) => T): T;
}
