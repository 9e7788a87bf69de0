import type { IntegratedEntry, StoredEntry, Writer } from "../core.ts";
import type { Fate } from "../deletion/graveyard.ts";
import { sameBytes } from "../encoding/bytes.ts";
import type { Cbor } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";
import { decodeBody } from "../log/body.ts";
import { decodeHeader, follows, type Header, type Parent } from "../log/header.ts";
import { MAX_AHEAD_MS } from "../log/hlc.ts";
import { isShown, placeOfEntry } from "../log/place.ts";
import type { CheckedEntry } from "../log/run.ts";
import { CHANGE, type Change } from "./changes.ts";
import type { FeedState } from "./feed-table.ts";
import type { LogStore } from "./log-store.ts";
import { type ReadyEntry, readyEntry, SHORTEST } from "./stretch.ts";

/** B6: so many entries of one feed may wait for what they name. */
export const MAX_PENDING = 4096;
/** B3: so many entries of one feed may wait for their time. */
export const MAX_HELD = 256;

export interface IntegrateContext {
  store: LogStore;
  now(): number;
  integrated(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void;
  /** The same for several that are shown: rows that follow each other. */
  integratedMany(writer: Writer, entries: readonly IntegratedEntry[]): void;
  changed(conversation: number, entry: number, what: Change): void;
  changedMany(conversation: number, first: number, count: number): void;
  setShown(row: number): void;
  /** An authentic entry was stored; it may have to wait before it is integrated. */
  stored(writer: Writer, feed: FeedState, kind: number, body: Cbor | undefined): void;
  /** E2: what was deleted before it came. */
  fate(conversation: number, header: Header): Fate;
  /** C2: false for what a revoked device wrote behind its cut. */
  covered(feed: FeedState, seq: number, hash: Uint8Array): boolean;
  /** B5: from where on a feed is known to fork of which nothing is held. */
  forkedAt(conversation: number, device: Uint8Array, incarnation: Uint8Array): number | undefined;
}

/** An entry that continues its feed; the last of a run has the signature that covers it. */
export interface Incoming {
  feed: FeedState;
  entry: CheckedEntry;
  signature: Uint8Array | null;
}

/** An entry by the feed that it stands in. */
export interface Place {
  feed: FeedState;
  seq: number;
}

interface Advance {
  moved: boolean;
  /** When the entry that waits becomes due. */
  due?: number | undefined;
  /** What has to be integrated before it. */
  needs?: Place | undefined;
}

type Readiness =
  | { ready: true; followed: Place[] }
  | { ready: false; due?: number; needs?: Place | undefined }
  | { ready: false; invalid: string };

/**
 * Puts stored entries in their place, each after everything it names (B2), and hands it on once. What has to wait, for a
 * parent (B6) or for its time (B3), is stored and waits; `dueAt` says when to look again.
 */
export class Integrator {
  readonly #context: IntegrateContext;

  constructor(context: IntegrateContext) {
    this.#context = context;
  }

  /** `entries` continue the feed; they are stored, and integrated as far as that goes. */
  take(writer: Writer, incoming: readonly Incoming[]): void {
    // Hlc order is a linear extension of the DAG: within what came together, parents are before children.
    const ordered = [...incoming].sort(
      (a, b) => a.entry.header.hlc.ms - b.entry.header.hlc.ms || a.entry.header.hlc.n - b.entry.header.hlc.n,
    );
    const ends = this.#ends(ordered);
    for (let at = 0; at < ordered.length; ) {
      const ready = this.#ready(ordered, at);
      const { feed, entry, signature } = ordered[at] as Incoming;
      if (ready.length >= SHORTEST) {
        this.#storeMany(writer, feed, ready);
        at += ready.length;
        continue;
      }
      if (entry.header.seq >= (ends.get(feed) ?? 0)) this.#store(writer, feed, entry, signature);
      at += 1;
    }
  }

  /** From there on, entries of one feed that are shown and follow each other, with nothing to wait for. */
  #ready(ordered: readonly Incoming[], from: number): ReadyEntry[] {
    const ready: ReadyEntry[] = [];
    const { feed } = ordered[from] as Incoming;
    if (ordered[from + SHORTEST - 1]?.feed !== feed || feed.frozenAt !== null || feed.integrated !== feed.headSeq) return ready;
    for (let at = from; ordered[at]?.feed === feed; at++) {
      const incoming = ordered[at] as Incoming;
      const { header, hash, body } = incoming.entry;
      const isPlain = body !== null && isShown(header.kind) && header.seq === feed.headSeq + 1 + ready.length;
      if (!isPlain || this.#context.fate(feed.conversation, header) !== "stays") break;
      const readiness = this.#readiness(feed, header, hash);
      if (!readiness.ready) break;
      ready.push(readyEntry(incoming, body, tryDecode(body), readiness.followed));
    }
    return ready;
  }

  #storeMany(writer: Writer, feed: FeedState, ready: readonly ReadyEntry[]): void {
    const { store } = this.#context;
    const stored = store.insertMany(feed, ready, this.#context.now());
    const [first] = stored as [StoredEntry];
    const last = ready.at(-1) as ReadyEntry;
    for (const { header, hash, followed } of ready)
      if (followed.length > 0 || header === last.header) store.advanceHeads(feed, { seq: header.seq, hash, hlc: header.hlc }, followed);
    store.markIntegrated(feed, last.header.seq);
    this.#context.changedMany(feed.conversation, first.row, stored.length);
    this.#context.integratedMany(
      writer,
      stored.map((entry, i) => ({ entry, body: ready[i]?.content })),
    );
  }

  /** E3: of what belongs to a deleted conversation only the last of each feed is kept, and without its body. */
  #ends(incoming: readonly Incoming[]): Map<FeedState, number> {
    const ends = new Map<FeedState, number>();
    for (const { feed, entry } of incoming)
      if (this.#context.fate(feed.conversation, entry.header) === "collapsed") ends.set(feed, entry.header.seq);
    return ends;
  }

  /** Looks again at everything of the conversation that waits. Returns the earliest time at which one becomes due. */
  settle(writer: Writer, conversation: number): number | undefined {
    const dueTimes: number[] = [];
    const waiting = new Map<FeedState, Place[]>();
    const queue = [...this.#context.store.feeds(conversation)].filter((feed) => feed.integrated < feed.headSeq);
    // A feed is looked at again only when what it waited for is there: a deep chain through many feeds costs its length.
    for (let feed = queue.pop(); feed; feed = queue.pop()) {
      const { moved, due, needs } = this.#advance(writer, feed);
      if (due !== undefined) dueTimes.push(due);
      if (needs) waitFor(waiting, needs, feed);
      if (moved) for (const woken of wake(waiting, feed)) queue.push(woken);
    }
    return dueTimes.length > 0 ? dueTimes.reduce((first, due) => Math.min(first, due)) : undefined;
  }

  #store(writer: Writer, feed: FeedState, entry: CheckedEntry, signature: Uint8Array | null): void {
    const { store } = this.#context;
    const fate = this.#context.fate(feed.conversation, entry.header);
    if (fate === "collapsed") return this.#keepEnd(feed, entry, signature);
    const body = fate === "stays" ? entry.body : null;
    const content = body ? tryDecode(body) : undefined;
    const next = feed.integrated === entry.header.seq - 1;
    const readiness = next ? this.#readiness(feed, entry.header, entry.hash) : ({ ready: false } as const);
    if ("invalid" in readiness) store.freezeFeed(feed, entry.header.seq, readiness.invalid);
    const place = placeOfEntry(entry.header.kind, entry.header.hlc, content);
    const shown = readiness.ready && fate !== "hidden" && isShown(entry.header.kind);
    const stored = store.insert({ ...entry, body, feed, signature, place, arrived: this.#context.now(), shown });
    this.#context.stored(writer, feed, entry.header.kind, content);
    if (readiness.ready) this.#integrate(writer, feed, { header: entry.header, hash: entry.hash, stored, content }, readiness.followed);
  }

  #keepEnd(feed: FeedState, entry: CheckedEntry, signature: Uint8Array | null): void {
    const { store } = this.#context;
    const { header, hash } = entry;
    store.skipTo(feed, header.seq);
    store.insert({ ...entry, body: null, feed, signature, place: header.hlc, arrived: this.#context.now(), shown: false });
    store.markIntegrated(feed, header.seq);
    store.advanceHeads(feed, { seq: header.seq, hash, hlc: header.hlc }, []);
  }

  #advance(writer: Writer, feed: FeedState): Advance {
    const { store } = this.#context;
    let moved = false;
    while (feed.integrated < feed.headSeq && !isFrozen(feed, feed.integrated + 1)) {
      const [wire] = store.wireOfFeed(feed.row, feed.integrated, 1);
      if (!wire) return { moved };
      const header = decodeHeader(wire.header);
      const at = store.at(feed, header.seq);
      if (!at) return { moved };
      const readiness = this.#readiness(feed, header, at.hash);
      if ("invalid" in readiness) {
        store.freezeFeed(feed, header.seq, readiness.invalid);
        return { moved };
      }
      if (!readiness.ready) return { moved, due: readiness.due, needs: readiness.needs };
      const stored = store.entry(wire.row);
      if (!stored) return { moved };
      if (isShown(header.kind) && this.#context.fate(feed.conversation, header) !== "hidden") this.#context.setShown(wire.row);
      this.#integrate(
        writer,
        feed,
        { header, hash: at.hash, stored, content: wire.body ? tryDecode(wire.body) : undefined },
        readiness.followed,
      );
      moved = true;
    }
    return { moved };
  }

  #readiness(feed: FeedState, header: Header, hash: Uint8Array): Readiness {
    const { store } = this.#context;
    if (isFrozen(feed, header.seq) || !this.#context.covered(feed, header.seq, hash)) return { ready: false };
    if (header.hlc.ms > this.#context.now() + MAX_AHEAD_MS) return { ready: false, due: header.hlc.ms - MAX_AHEAD_MS };
    const followed: Place[] = [];
    for (const parent of header.parents) {
      const other = store.findFeed(feed.conversation, parent.feed, parent.incarnation);
      // B5, C4: which of the entries at a place that was used twice is named makes no difference, nor that it is not here.
      if (this.#isForked(feed.conversation, parent, other)) continue;
      if (!other) return { ready: false };
      // E3: of what was deleted with its conversation nothing is left to compare with.
      if (parent.seq < other.base && other.integrated >= other.base) continue;
      const known = store.at(other, parent.seq);
      const needs = other.integrated < parent.seq ? { feed: other, seq: parent.seq } : undefined;
      if (!known || !sameBytes(known.hash, parent.hash)) return { ready: false, needs };
      // C4: what names a withdrawn entry stays; the entry itself is followed by nothing.
      const withdrawn = !this.#context.covered(other, parent.seq, parent.hash);
      if (!withdrawn && needs) return { ready: false, needs };
      if (!follows(header, known.hlc)) return { ready: false, invalid: "an entry that is not later than what it names" };
      if (!withdrawn) followed.push({ feed: other, seq: parent.seq });
    }
    return { ready: true, followed };
  }

  #isForked(conversation: number, { feed, incarnation, seq }: Parent, held: FeedState | undefined): boolean {
    return held ? isFrozen(held, seq) : seq >= (this.#context.forkedAt(conversation, feed, incarnation) ?? Number.POSITIVE_INFINITY);
  }

  #integrate(
    writer: Writer,
    feed: FeedState,
    entry: { header: Header; hash: Uint8Array; stored: StoredEntry; content: Cbor | undefined },
    followed: Place[],
  ): void {
    const { store } = this.#context;
    const { header, hash, stored } = entry;
    store.markIntegrated(feed, header.seq);
    store.advanceHeads(feed, { seq: header.seq, hash, hlc: header.hlc }, followed);
    if (isShown(header.kind) && this.#context.fate(feed.conversation, header) !== "hidden")
      this.#context.changed(feed.conversation, stored.row, CHANGE.message);
    this.#context.integrated(writer, stored, entry.content);
  }
}

/** B5: nothing from that place on counts. */
function isFrozen({ frozenAt }: FeedState, seq: number): boolean {
  return frozenAt !== null && seq >= frozenAt;
}

function waitFor(waiting: Map<FeedState, Place[]>, { feed: needed, seq }: Place, feed: FeedState): void {
  const places = waiting.get(needed);
  if (places) places.push({ feed, seq });
  else waiting.set(needed, [{ feed, seq }]);
}

/** The feeds that waited for what is integrated now. */
function wake(waiting: Map<FeedState, Place[]>, feed: FeedState): FeedState[] {
  const places = waiting.get(feed) ?? [];
  const still = places.filter(({ seq }) => seq > feed.integrated);
  waiting.set(feed, still);
  return still.length === places.length ? [] : places.filter(({ seq }) => seq <= feed.integrated).map((place) => place.feed);
}

function tryDecode(body: Uint8Array): Cbor | undefined {
  try {
    return decodeBody(body);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
