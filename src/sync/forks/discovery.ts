import { MAX_BRANCH } from "../content/fork.ts";
import { KIND } from "../content/kinds.ts";
import type { Conversation, Writer } from "../core.ts";
import { sameBytes } from "../encoding/bytes.ts";
import type { Cbor } from "../encoding/cbor.ts";
import type { Crypto } from "../ports.ts";
import type { WireEntry } from "../store/entry-table.ts";
import type { FeedState } from "../store/feed-table.ts";
import type { LogStore } from "../store/log-store.ts";
import type { Fork } from "../store/receive.ts";
import { type Forks, MAX_TOLD } from "./forks.ts";
import { type Branch, type ForkedFeed, proofBody } from "./proof.ts";

/** So many entries of a feed are in doubt at first. */
const FIRST_DOUBT = 64;

export interface DiscoveryParts {
  crypto: Crypto;
  store: LogStore;
  forks: Forks;
  /** Adds signatures that are not stored yet. */
  wire(entries: WireEntry[]): WireEntry[];
  learn(writer: Writer, feed: ForkedFeed): void;
  /** From this place on nothing of the feed is taken or shown. */
  freeze(writer: Writer, feed: FeedState, seq: number): void;
  ownLog(): Conversation;
}

/**
 * B5: a peer showed another chain of a feed than the one that is held. Where the two part has to be known exactly, or the devices
 * would not freeze the feed at one place: for that the peer is asked for more of its chain, by saying that less is held here.
 */
export class Discovery {
  readonly #parts: DiscoveryParts;
  /** By row of a feed: so much of it is not in doubt, as far as is known. */
  readonly #doubts = new Map<number, number>();

  constructor(parts: DiscoveryParts) {
    this.#parts = parts;
  }

  /** What may be said to be held of the feed. */
  said(feed: FeedState): number {
    const most = feed.frozenAt === null ? feed.headSeq : Math.min(feed.headSeq, feed.frozenAt - 1);
    return Math.min(most, this.#doubts.get(feed.row) ?? most);
  }

  /** In an open transaction. True where the peer has to be asked for more of its chain. */
  found(writer: Writer, conversation: Conversation, fork: Fork): boolean {
    const { feed, seq } = fork;
    if (!this.#isExact(fork)) return this.#doubt(writer, feed, seq);
    this.#doubts.delete(feed.row);
    const place = { conversation: conversation.id, device: feed.device, incarnation: feed.incarnation, seq };
    const body = this.#parts.forks.count(feed.device) < MAX_TOLD ? this.#proof(place, fork) : undefined;
    if (body) writer.append(this.#parts.ownLog().row, KIND.fork, body);
    this.#parts.learn(writer, place);
    return false;
  }

  /** The branches part here: what comes before is the same. */
  #isExact({ feed, seq, theirs }: Fork): boolean {
    const prev = theirs[0]?.header.prev;
    const before = this.#parts.store.at(feed, seq - 1);
    return seq === 1 || (before !== undefined && prev instanceof Uint8Array && sameBytes(before.hash, prev));
  }

  /** Nothing more is taken meanwhile; each time more of the feed is in doubt. */
  #doubt(writer: Writer, feed: FeedState, seq: number): boolean {
    this.#parts.freeze(writer, feed, seq);
    const parted = feed.headSeq - (seq - 1);
    const next = Math.max(feed.base - 1, feed.headSeq - Math.max(FIRST_DOUBT, parted * 8));
    if (next >= seq - 1) {
      // E3: what was before is not kept, so nothing is left to compare with.
      this.#doubts.delete(feed.row);
      return false;
    }
    this.#doubts.set(feed.row, next);
    return true;
  }

  #proof(place: ForkedFeed, { feed, seq, theirs, signature }: Fork): Cbor | undefined {
    const ours = this.#ourBranch(feed, seq);
    const [first] = theirs;
    return (
      ours &&
      first &&
      proofBody(this.#parts.crypto, place, first.header.prev, [ours, { headers: theirs.map(({ encoded }) => encoded), signature }])
    );
  }

  #ourBranch(feed: FeedState, seq: number): Branch | undefined {
    const entries = this.#parts.wire(this.#parts.store.wireOfFeed(feed.row, seq - 1, MAX_BRANCH));
    const end = entries.findIndex(({ signature }) => signature !== null);
    const signature = entries[end]?.signature;
    return signature ? { headers: entries.slice(0, end + 1).map(({ header }) => header), signature } : undefined;
  }
}
