import type { Conversation, Hlc } from "../core.ts";
import type { AccountState } from "../account/resolve.ts";
import { sameBytes } from "../encoding/bytes.ts";
import { type CheckedEntry, checkRun, continues, isCovered, type Run } from "../log/run.ts";
import { authorship } from "../membership.ts";
import type { Crypto, Sql } from "../ports.ts";
import { MAX_HELD, MAX_PENDING } from "./integrate.ts";
import { compareHlc, MAX_AHEAD_MS } from "../log/hlc.ts";
import type { FeedState } from "./feed-table.ts";
import type { LogStore } from "./log-store.ts";

/** Why a feed is frozen. */
export const FORKED = "two different entries at one place";

export interface ReceiveContext {
  crypto: Crypto;
  sql: Sql;
  store: LogStore;
  account: AccountState;
  now: number;
  /** E3: everything up to this clock was deleted; undefined for a conversation that was not. */
  deletedUpTo(conversation: Conversation): Hlc | undefined;
  /** B5: from where on a feed is known to fork. */
  forkedAt(conversation: Uint8Array, device: Uint8Array, incarnation: Uint8Array): number | undefined;
  /** This device's key and the incarnation it writes in now. */
  self: Uint8Array;
  incarnation: Uint8Array;
}

/** B5: the peer's chain says something else of the feed from `seq` on, or from before it. */
export interface Fork {
  feed: FeedState;
  seq: number;
  /** The peer's chain from there on, and the signature that covers it. */
  theirs: readonly CheckedEntry[];
  signature: Uint8Array;
}

export type Verdict =
  /** What is new of the run; empty for a repetition. */
  | { take: readonly CheckedEntry[]; feed: FeedState }
  /** Not now: to be asked for again when something has changed. */
  | { wait: "account" | "gap" | "room" }
  | { fork: Fork }
  /** The feed is frozen or ends at a cut before this. */
  | { refused: true };

/**
 * Decides about one run from a peer, in an open transaction. Throws `MalformedError` for what no honest device sends.
 */
export function judge(context: ReceiveContext, conversation: Conversation, run: Run): Verdict {
  const allowed = authorship(context.account, run.feed, conversation.founding);
  if (allowed === "waits") return { wait: "account" };
  const checked = checkRun(context.crypto, conversation.id, run);
  const { store } = context;
  const feed = store.findFeed(conversation.row, run.feed, run.incarnation);
  const fresh = checked.filter(({ header }) => header.seq > (feed?.headSeq ?? 0));
  const parts = (seq: number): Verdict => {
    if (!feed || isKnownFork(context, conversation, feed, seq) || !isCovered(context.crypto, run, checked)) return { refused: true };
    return { fork: { feed, seq, theirs: checked.filter(({ header }) => header.seq >= seq), signature: run.signature } };
  };
  const difference = feed && firstDifference(store, feed, checked);
  if (difference !== undefined) return parts(difference);
  const [first] = fresh;
  if (!first) return feed ? { take: [], feed } : { refused: true };
  const end = feed ? feed.frozenAt : context.forkedAt(conversation.id, run.feed, run.incarnation);
  if (first.header.seq >= (end ?? Number.POSITIVE_INFINITY)) return { refused: true };
  const anchor = feed ? { seq: feed.headSeq, hash: feed.headHash, hlc: feed.headHlc } : { seq: 0, hash: null, hlc: { ms: 0, n: 0 } };
  if (!skips(first, anchor, context.deletedUpTo(conversation)) && !continues(first, anchor)) {
    if (first.header.seq > anchor.seq + 1) return { wait: "gap" };
    return parts(first.header.seq);
  }
  if (!isCovered(context.crypto, run, checked)) return { refused: true };
  if (!hasRoom(feed, fresh, context.now)) return { wait: "room" };
  return { take: fresh, feed: feed ?? addFeed(context, conversation, run, end) };
}

/** A feed that forked is taken up to there, and as much behind it as a signature needs that covers that (B4). */
function addFeed({ store }: ReceiveContext, { row }: Conversation, run: Run, forkedAt: number | null | undefined): FeedState {
  const feed = store.addFeed(row, run.feed, run.incarnation);
  if (typeof forkedAt === "number") store.freezeFeed(feed, forkedAt, FORKED);
  return feed;
}

function isKnownFork({ forkedAt }: ReceiveContext, { id }: Conversation, { device, incarnation }: FeedState, seq: number): boolean {
  return seq >= (forkedAt(id, device, incarnation) ?? Number.POSITIVE_INFINITY);
}

/** The first place at which the run says something else than what is stored. */
function firstDifference(store: LogStore, feed: FeedState, checked: readonly CheckedEntry[]): number | undefined {
  const known = checked.filter(({ header }) => header.seq <= feed.headSeq && header.seq >= feed.base);
  const last = known.at(-1);
  if (!last) return undefined;
  // The chain says that where the last is the same, all before it are.
  const same = (entry: CheckedEntry) => {
    const stored = store.at(feed, entry.header.seq);
    return stored !== undefined && sameBytes(stored.hash, entry.hash);
  };
  return same(last) ? undefined : known.find((entry) => !same(entry))?.header.seq;
}

/** E3: of a conversation that was deleted a peer has only the ends of feeds; what was between is not missed. */
function skips({ header }: CheckedEntry, anchor: { seq: number; hlc: Hlc }, deletedUpTo: Hlc | undefined): boolean {
  if (!deletedUpTo || header.seq <= anchor.seq + 1) return false;
  return compareHlc(header.hlc, deletedUpTo) <= 0 && compareHlc(header.hlc, anchor.hlc) > 0;
}

function hasRoom(feed: FeedState | undefined, fresh: readonly CheckedEntry[], now: number): boolean {
  const waiting = feed ? feed.headSeq - feed.integrated : 0;
  const ahead = fresh.filter(({ header }) => header.hlc.ms > now + MAX_AHEAD_MS).length;
  if (ahead > 0 && waiting + ahead > MAX_HELD) return false;
  return waiting === 0 || waiting + fresh.length <= MAX_PENDING;
}
