import { KIND } from "../content/kinds.ts";
import type { Conversation, Founding, Hlc, StoredEntry, Writer } from "../core.ts";
import type { Fate } from "../deletion/graveyard.ts";
import { CHANGE, type Change, NO_ENTRY } from "./changes.ts";
import { compareBytes } from "../encoding/bytes.ts";
import type { Cbor } from "../encoding/cbor.ts";
import { HomeportError } from "../errors.ts";
import { encodeBody, hashBody } from "../log/body.ts";
import { encodeFounding } from "../log/founding.ts";
import { encodeHeader, type Header, hashHeader, MAX_BODY, MAX_PARENTS } from "../log/header.ts";
import { compareHlc, MAX_AHEAD_MS, nextHlc } from "../log/hlc.ts";
import { isShown, placeOfEntry } from "../log/place.ts";
import type { Crypto, Random } from "../ports.ts";
import { DelegatedReader } from "./delegated-reader.ts";
import type { CoreReader } from "./reader.ts";
import type { FeedState } from "./feed-table.ts";
import type { LogStore } from "./log-store.ts";

/** A run of own entries is signed at least this often. */
const SIGNED_ENTRIES = 250;
const SIGNED_BYTES = 256 * 1024;

/** What a transaction needs of the device that runs it. */
export interface WriterContext {
  crypto: Crypto;
  random: Random;
  store: LogStore;
  reader: CoreReader;
  /** Hands an integrated entry on to whoever keeps something about it. */
  integrated(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void;
  /** Hands an erased entry on to whoever derived something from it (E2). */
  erased(writer: Writer, entry: StoredEntry): void;
  /** E2, E3: what a deletion makes of an own entry, and the clock up to which everything in the conversation was deleted. */
  fate(conversation: number, header: Header): Fate;
  deletedUpTo(conversation: Conversation): Hlc | undefined;
  /** B3, B5: the incarnation in which this device writes now, or a new one. */
  incarnation(fresh: boolean): Uint8Array;
  changed(conversation: number, entry: number, what: Change): void;
  /** There is a conversation that there was not before. */
  learned(conversation: Conversation): void;
}

/** The one way to write: lives as long as one transaction. */
export class Transaction extends DelegatedReader implements Writer {
  readonly #context: WriterContext;
  readonly afterCommitActions: (() => void)[] = [];
  /** R2: the write-ahead log still holds what was erased. */
  erasedBodies = false;
  /** Hash by row of the entries that are to be signed after the commit: the last of each feed, and some between (B4). */
  readonly unsigned = new Map<number, Uint8Array>();
  readonly #tails = new Map<FeedState, { row: number; entries: number; bytes: number }>();

  constructor(context: WriterContext) {
    super(context.reader);
    this.#context = context;
  }

  found(founding: Founding): Conversation {
    const known = this.conversationByFounding(founding);
    if (known) return known;
    const conversation = this.#context.store.addConversation(founding);
    const own = this.conversationByFounding({ kind: "self", account: this.account.account });
    this.afterCommit(() => this.#context.learned(conversation));
    if (own && founding.kind !== "self") this.append(own.row, KIND.conversation, { founding: encodeFounding(founding) });
    return conversation;
  }

  append(conversationRow: number, kind: number, content: Cbor): StoredEntry {
    const conversation = this.conversation(conversationRow);
    if (!conversation) throw new RangeError("no such conversation");
    const { crypto, random, store } = this.#context;
    const feed = this.#ownFeed(conversationRow);
    const body = encodeBody(random, content);
    if (body.length > MAX_BODY) throw new HomeportError("too-large", "This is too long for one message. Split it, or send it as a file.");
    const header = this.#header(conversation, feed, kind, body);
    const encoded = encodeHeader(header);
    const entry = { feed, header, encoded, hash: hashHeader(crypto, encoded), body, signature: null };
    // E3: into a conversation that the person blocked nothing comes any more, not even by this device's own bridges.
    const blocked = this.#context.fate(conversationRow, header) !== "stays";
    const place = blocked ? header.hlc : placeOfEntry(kind, header.hlc, content);
    const shown = isShown(kind) && !blocked;
    const stored = store.insert({ ...entry, body: blocked ? null : body, place, arrived: this.now(), shown });
    this.#toSign(feed, stored.row, entry.hash, encoded.length + body.length);
    this.#integrateOwn(feed, header, entry.hash);
    if (shown) this.#context.changed(conversationRow, stored.row, CHANGE.message);
    this.#context.integrated(this, stored, blocked ? undefined : content);
    return stored;
  }

  touch(entryRow: number, what: "state" | "content" = "state"): void {
    const entry = this.entry(entryRow);
    if (entry) this.#context.changed(entry.conversationRow, entryRow, CHANGE[what]);
  }

  touchConversation(conversationRow: number): void {
    this.sql.run(`delete from change where conversation = ? and what = ${CHANGE.conversation}`, conversationRow);
    this.#context.changed(conversationRow, NO_ENTRY, CHANGE.conversation);
  }

  erase(entryRows: readonly number[]): void {
    const erased = this.#context.store.eraseBodies(entryRows);
    for (const entry of erased) {
      if (isShown(entry.kind)) this.touch(entry.row, "content");
      this.#context.erased(this, entry);
    }
    this.erasedBodies ||= erased.length > 0;
  }

  afterCommit(run: () => void): void {
    this.afterCommitActions.push(run);
  }

  /** So close together that a run between two signatures always fits into a frame. */
  #toSign(feed: FeedState, row: number, hash: Uint8Array, bytes: number): void {
    const tail = this.#tails.get(feed);
    const full = tail && (tail.entries >= SIGNED_ENTRIES || tail.bytes + bytes > SIGNED_BYTES);
    if (tail && !full) this.unsigned.delete(tail.row);
    this.#tails.set(feed, tail && !full ? { row, entries: tail.entries + 1, bytes: tail.bytes + bytes } : { row, entries: 1, bytes });
    this.unsigned.set(row, hash);
  }

  #header(conversation: Conversation, feed: FeedState, kind: number, body: Uint8Array): Header {
    const { crypto, store } = this.#context;
    // B3: what is ahead of its time is not named, or this entry would have to be as far ahead.
    const seen = [...store.heads(conversation.row)].filter(([row, { hlc }]) => row !== feed.row && hlc.ms <= this.now() + MAX_AHEAD_MS);
    const newest = seen.sort(([, a], [, b]) => compareHlc(b.hlc, a.hlc)).slice(0, MAX_PARENTS);
    const parents = newest.map(([row, head]) => {
      const { device, incarnation } = store.feed(row);
      return { feed: device, incarnation, seq: head.seq, hash: head.hash };
    });
    parents.sort((a, b) => compareBytes(a.hash, b.hash));
    return {
      conversation: conversation.id,
      feed: feed.device,
      incarnation: feed.incarnation,
      seq: feed.headSeq + 1,
      prev: feed.headHash,
      parents,
      hlc: nextHlc(this.now(), [feed.headHlc, ...newest.map(([, head]) => head.hlc), ...this.#deleted(conversation)]),
      accountHead: this.account.head,
      permissionHead: null,
      kind,
      bodyHash: hashBody(crypto, body),
      bodySize: body.length,
    };
  }

  /** What is written after a deletion is later than it, whatever the clock says. */
  #deleted(conversation: Conversation): Hlc[] {
    const upTo = this.#context.deletedUpTo(conversation);
    return upTo ? [upTo] : [];
  }

  #ownFeed(conversation: number): FeedState {
    const { store } = this.#context;
    const find = (fresh: boolean) => {
      const incarnation = this.#context.incarnation(fresh);
      return store.findFeed(conversation, this.self, incarnation) ?? store.addFeed(conversation, this.self, incarnation);
    };
    const feed = find(false);
    // B3: the clock was wrong once; the feed that remembers it is left behind.
    return feed.headHlc.ms > this.now() + MAX_AHEAD_MS || feed.frozenAt !== null ? find(true) : feed;
  }

  #integrateOwn(feed: FeedState, header: Header, hash: Uint8Array): void {
    const { store } = this.#context;
    const followed = header.parents.flatMap((parent) => {
      const other = store.findFeed(feed.conversation, parent.feed, parent.incarnation);
      return other ? [{ feed: other, seq: parent.seq }] : [];
    });
    store.markIntegrated(feed, header.seq);
    store.advanceHeads(feed, { seq: header.seq, hash, hlc: header.hlc }, followed);
  }
}
