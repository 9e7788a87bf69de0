import type { Device } from "../device.ts";
import { sameBytes } from "../encoding/bytes.ts";
import { decodeHeader } from "../log/header.ts";
import type { ConversationRun } from "../store/intake.ts";
import type { WireEntry } from "../store/entry-table.ts";
import type { FeedState } from "../store/feed-table.ts";
import type { Position } from "../log/vector.ts";
import type { TaggedRun } from "./frames.ts";

/** Read at once from the database. */
const WINDOW = 1000;
/** Bytes of entries in one frame; well under `MAX_FRAME` with the largest single entry added. */
const FRAME_BYTES = 512 * 1024;

interface Stream {
  tag: Uint8Array;
  /** By feed row: what the peer holds or was sent. */
  sent: Map<number, number>;
  /** Set while entries that were there before are being sent: everything up to this row was looked at. */
  scanned: number | undefined;
}

/** A run that the peer sent. `before`: what it was known to hold of the feed until then; undefined where the feed was not here yet. */
interface Heard {
  conversation: number;
  device: Uint8Array;
  incarnation: Uint8Array;
  seq: number;
  before?: number;
}

/** What one peer is to be sent, in which order: first what it missed, then what happens. Reads; never writes. */
export class Outgoing {
  readonly #device: Device;
  readonly #streams = new Map<number, Stream>();
  #heard: Heard[] = [];
  /** Rows up to here have been considered for live sending. */
  #cursor: number;

  constructor(device: Device) {
    this.#device = device;
    this.#cursor = device.store.lastRow();
  }

  /** The peer said what it holds of the conversation. */
  begin(conversation: number, tag: Uint8Array, positions: readonly Position[]): void {
    const sent = new Map<number, number>();
    for (const { device, incarnation, seq } of positions) {
      const feed = this.#device.store.findFeed(conversation, device, incarnation);
      if (feed) sent.set(feed.row, Math.min(seq, feed.headSeq));
    }
    this.#streams.set(conversation, { tag, sent, scanned: this.#firstMissing(conversation, sent) });
  }

  /** The peer is about to be heard: it holds what it sends, and gets none of it back. What is stored is sent on within the commit. */
  hears(runs: readonly ConversationRun[]): void {
    this.#heard = runs.flatMap(({ conversation, run }) => {
      const last = run.entries.at(-1);
      if (!last) return [];
      return [{ conversation: conversation.row, device: run.feed, incarnation: run.incarnation, seq: decodeHeader(last.header).seq }];
    });
    this.#mark();
  }

  /** It was heard. Of what was not taken, another chain perhaps, the peer is to see what is here. */
  heard(stored: ReadonlyMap<number, readonly Position[]>): void {
    this.#mark();
    for (const { conversation, device, incarnation, before } of this.#heard) {
      const stream = this.#streams.get(conversation);
      const feed = this.#device.store.findFeed(conversation, device, incarnation);
      const isTaken = stored.get(conversation)?.some((at) => sameBytes(at.device, device) && sameBytes(at.incarnation, incarnation));
      if (!stream || !feed || before === undefined || isTaken) continue;
      stream.sent.set(feed.row, before);
      const missing = this.#firstMissing(conversation, stream.sent);
      if (missing !== undefined) stream.scanned = Math.min(stream.scanned ?? missing, missing);
    }
    this.#heard = [];
  }

  /** The conversation is no longer sent, e.g. because the peer lost the right to it. */
  end(conversation: number): void {
    this.#streams.delete(conversation);
  }

  /** Runs for one frame; undefined where there is nothing to send now. */
  next(): TaggedRun[] | undefined {
    this.#mark();
    for (const [conversation, stream] of this.#streams) {
      if (stream.scanned === undefined) continue;
      const runs = this.#catchUp(conversation, stream);
      if (runs.length > 0) return runs;
    }
    return this.#live();
  }

  #mark(): void {
    for (const heard of this.#heard) {
      const stream = this.#streams.get(heard.conversation);
      const feed = stream && this.#device.store.findFeed(heard.conversation, heard.device, heard.incarnation);
      if (!stream || !feed || heard.before !== undefined) continue;
      heard.before = stream.sent.get(feed.row) ?? 0;
      stream.sent.set(feed.row, Math.max(heard.before, heard.seq));
    }
  }

  #catchUp(conversation: number, stream: Stream): TaggedRun[] {
    while (stream.scanned !== undefined) {
      const entries = this.#device.wire(this.#device.store.wireFrom(conversation, stream.scanned, WINDOW));
      const { runs, reached, blocked } = this.#pack(entries);
      stream.scanned = reached ?? stream.scanned;
      if (entries.length < WINDOW && !blocked) stream.scanned = undefined;
      if (runs.length > 0 || blocked) return runs;
    }
    return [];
  }

  #live(): TaggedRun[] | undefined {
    for (;;) {
      if (!this.#skip()) return undefined;
      const entries = this.#device.wire(this.#device.store.wireFrom(null, this.#cursor, WINDOW));
      const { runs, reached } = this.#pack(entries);
      const stuck = reached === undefined || reached === this.#cursor;
      if (reached !== undefined) this.#cursor = reached;
      if (runs.length > 0) return runs;
      if (stuck || entries.length < WINDOW) return undefined;
    }
  }

  /** Goes on to the first row that the peer is to be sent, and reads nothing of the others, which may be many that it sent itself. False where there is none. */
  #skip(): boolean {
    const { store } = this.#device;
    for (;;) {
      const places = store.placesFrom(this.#cursor, WINDOW);
      const first = places.find((place) => this.#isDue(store.feed(place.feed), place, undefined));
      this.#cursor = first ? first.row - 1 : (places.at(-1)?.row ?? this.#cursor);
      if (first || places.length < WINDOW) return first !== undefined;
    }
  }

  /**
   * Groups entries into runs that end at a signature (B4). `reached`: the last row before the first one that has to be
   * looked at again; `blocked`: there is such a one.
   */
  #pack(entries: readonly WireEntry[]): { runs: TaggedRun[]; reached: number | undefined; blocked: boolean } {
    const groups = new Map<FeedState, WireEntry[]>();
    let bytes = 0;
    let reached: number | undefined;
    let blocked = false;
    for (const entry of entries) {
      const feed = this.#device.store.feed(entry.feed);
      const due = this.#isDue(feed, entry, groups.get(feed));
      if (due && bytes > FRAME_BYTES) {
        blocked = true;
        break;
      }
      reached = entry.row;
      if (!due) continue;
      bytes += entry.header.length + (entry.body?.length ?? 0);
      const group = groups.get(feed);
      if (group) group.push(entry);
      else groups.set(feed, [entry]);
    }
    const runs: TaggedRun[] = [];
    for (const [feed, group] of groups) {
      const { covered, unsigned } = this.#covered(feed, group);
      if (unsigned) {
        reached = Math.min(reached ?? unsigned.row - 1, unsigned.row - 1);
        blocked = true;
      }
      if (covered.length > 0) runs.push(this.#run(feed, covered));
    }
    return { runs, reached, blocked };
  }

  /** B4: the part of the group that a signature covers, where need be by going on to the next signature of the feed. */
  #covered(feed: FeedState, group: readonly WireEntry[]): { covered: readonly WireEntry[]; unsigned: WireEntry | undefined } {
    const signed = group.findLastIndex(({ signature }) => signature !== null);
    if (signed >= 0) return { covered: group.slice(0, signed + 1), unsigned: group[signed + 1] };
    const last = group.at(-1) as WireEntry;
    const more = this.#device.wire(this.#device.store.wireOfFeed(feed.row, last.seq, WINDOW));
    const end = more.findIndex(({ signature }) => signature !== null);
    return end >= 0 ? { covered: [...group, ...more.slice(0, end + 1)], unsigned: undefined } : { covered: [], unsigned: group[0] };
  }

  #isDue(feed: FeedState, entry: Pick<WireEntry, "seq">, group: readonly WireEntry[] | undefined): boolean {
    const stream = this.#streams.get(feed.conversation);
    if (!stream) return false;
    const last = group?.at(-1)?.seq ?? stream.sent.get(feed.row) ?? 0;
    // E3: the peer does without what is not kept before the base.
    return entry.seq === Math.max(last + 1, feed.base) && (feed.frozenAt === null || entry.seq < feed.frozenAt);
  }

  #run(feed: FeedState, group: readonly WireEntry[]): TaggedRun {
    const stream = this.#streams.get(feed.conversation) as Stream;
    const last = group.at(-1) as WireEntry;
    stream.sent.set(feed.row, last.seq);
    return {
      tag: stream.tag,
      feed: feed.device,
      incarnation: feed.incarnation,
      entries: group.map(({ header, body }) => ({ header, body })),
      signature: last.signature as Uint8Array,
    };
  }

  /** The row before the first entry that the peer lacks; undefined where it lacks none. */
  #firstMissing(conversation: number, sent: ReadonlyMap<number, number>): number | undefined {
    let first: number | undefined;
    for (const feed of this.#device.store.feeds(conversation)) {
      const seq = sent.get(feed.row) ?? 0;
      if (seq >= feed.headSeq) continue;
      const row = this.#device.store.entryIn(feed, Math.max(seq + 1, feed.base))?.row;
      if (row !== undefined) first = Math.min(first ?? row - 1, row - 1);
    }
    return first;
  }
}
