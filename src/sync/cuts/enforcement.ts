import { type AccountState, standingOf } from "../account/state.ts";
import { KIND } from "../content/kinds.ts";
import { type CutBody, cutSchema } from "../content/own.ts";
import { forkSchema } from "../content/fork.ts";
import type { Conversation, Projection, Writer } from "../core.ts";
import { sameBytes } from "../encoding/bytes.ts";
import type { Cbor } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";
import type { Forks } from "../forks/forks.ts";
import { checkProof, type ForkedFeed } from "../forks/proof.ts";
import { isShown } from "../log/place.ts";
import type { Crypto } from "../ports.ts";
import type { FeedState } from "../store/feed-table.ts";
import type { LogStore } from "../store/log-store.ts";
import { FORKED } from "../store/receive.ts";
import type { Cuts } from "./cuts.ts";
import { isBehindCut, retractBehindCut } from "./enforce.ts";

export interface EnforcementParts {
  crypto: Crypto;
  store: LogStore;
  cuts: Cuts;
  forks: Forks;
  account(): AccountState;
  ownLog(): Conversation;
  projections(): readonly Projection[];
  transact(run: (writer: Writer) => void): void;
  /** Something of the conversation that waited may go on. */
  settle(writer: Writer, conversation: number): void;
  /** B5: after the commit. */
  forked(feed: ForkedFeed): void;
}

/** What of the log does not count: what revoked devices wrote behind their cuts (C1–C4), and what follows a fork (B5). */
export class Enforcement {
  readonly #parts: EnforcementParts;
  /** Rows of conversations in which something may move on before the transaction ends. */
  readonly #moving = new Set<number>();

  constructor(parts: EnforcementParts) {
    this.#parts = parts;
  }

  /** The transaction failed. */
  forget(): void {
    this.#moving.clear();
  }

  moves(conversation: number): void {
    this.#moving.add(conversation);
  }

  /** At the end of a transaction. */
  settle(writer: Writer): void {
    for (const conversation of this.#moving) this.#parts.settle(writer, conversation);
    this.#moving.clear();
  }

  /**
   * An authentic entry was stored. A cut counts from then on where its author is in: what it lets in may be among what it waits for
   * itself. A revoked device's word about itself counts only once it is integrated, like all that it says. A proof of a fork counts
   * whoever says it.
   */
  stored(writer: Writer, { conversation, device }: FeedState, kind: number, body: Cbor | undefined): void {
    if (kind === KIND.fork && conversation === this.#parts.ownLog().row) this.#hearFork(writer, body);
    if (kind !== KIND.cut || standingOf(this.#parts.account(), device)?.state !== "admitted") return;
    const parsed = cutSchema.safeParse(body);
    if (parsed.success) this.learnCut(writer, conversation, parsed.data);
  }

  learnCut(writer: Writer, conversation: number, body: CutBody): void {
    const { cuts, ownLog, store } = this.#parts;
    const isOwnLog = conversation === ownLog().row;
    if (cuts.learn(conversation, body)) this.#enforceDevice(writer, conversation, body.device);
    if (!isOwnLog || !body.conversations || !cuts.learnKnown(body.device, body.conversations)) return;
    for (const { row } of store.conversations()) this.#enforceDevice(writer, row, body.device);
  }

  /** The account changed: entries of devices that are out now are taken back behind their cuts, others may come in (C2). */
  enforceAll(): void {
    const { store, cuts } = this.#parts;
    const feeds = store.conversations().flatMap(({ row }) => [...store.feeds(row)]);
    const behind = feeds.filter((feed) => isBehindCut(store, cuts, feed));
    const waiting = new Set(feeds.filter(({ integrated, headSeq }) => integrated < headSeq).map(({ conversation }) => conversation));
    if (behind.length + waiting.size === 0) return;
    this.#parts.transact((writer) => {
      for (const feed of behind) this.#enforce(writer, feed);
      for (const conversation of waiting) this.moves(conversation);
    });
  }

  learnFork(writer: Writer, place: ForkedFeed): void {
    const { forks, store, forked } = this.#parts;
    if (!forks.learn(place, writer.now())) return;
    writer.afterCommit(() => forked(place));
    const conversation = store.conversationById(place.conversation);
    const feed = conversation && store.findFeed(conversation.row, place.device, place.incarnation);
    if (feed) this.freeze(writer, feed, place.seq);
    if (conversation) this.moves(conversation.row);
  }

  /** B5: from there on nothing of the feed is taken or shown. */
  freeze(writer: Writer, feed: FeedState, seq: number): void {
    this.#parts.store.freezeFeed(feed, seq, FORKED);
    this.#enforce(writer, feed);
    this.moves(feed.conversation);
  }

  #hearFork(writer: Writer, body: Cbor | undefined): void {
    const parsed = forkSchema.safeParse(body);
    if (!parsed.success) return;
    try {
      this.learnFork(writer, checkProof(this.#parts.crypto, parsed.data));
    } catch (error) {
      // It proves nothing: an entry like any other.
      if (!(error instanceof MalformedError)) throw error;
    }
  }

  #enforceDevice(writer: Writer, conversation: number, device: Uint8Array): void {
    for (const feed of this.#parts.store.feeds(conversation)) if (sameBytes(feed.device, device)) this.#enforce(writer, feed);
    this.moves(conversation);
  }

  #enforce(writer: Writer, feed: FeedState): void {
    for (const entry of retractBehindCut(this.#parts.store, this.#parts.cuts, feed)) {
      if (isShown(entry.kind)) writer.touch(entry.row, "content");
      for (const projection of this.#parts.projections()) (projection.retracted ?? projection.erased)?.call(projection, writer, entry);
    }
  }
}
