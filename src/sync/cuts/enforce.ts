import type { StoredEntry } from "../core.ts";
import { sameBytes } from "../encoding/bytes.ts";
import { decodeHeader } from "../log/header.ts";
import type { FeedState } from "../store/feed-table.ts";
import type { LogStore } from "../store/log-store.ts";
import type { Cuts } from "./cuts.ts";

/**
 * C2: takes back what of this feed was integrated and lies behind its cut. The entries stay, unseen and named by nobody from now
 * on. Returns them; they are integrated again if the cut grows.
 */
export function retractBehindCut(store: LogStore, cuts: Cuts, feed: FeedState): StoredEntry[] {
  const end = endOf(store, cuts, feed);
  if (feed.integrated <= end) return [];
  const retracted = store.entriesBetween(feed, end, feed.integrated);
  store.retract(feed, end);
  for (const { row } of retracted) {
    for (const parent of decodeHeader(store.header(row)).parents) {
      const other = store.findFeed(feed.conversation, parent.feed, parent.incarnation);
      if (other) store.restoreHead(other);
    }
  }
  return retracted;
}

export function isBehindCut(store: LogStore, cuts: Cuts, feed: FeedState): boolean {
  return feed.integrated > endOf(store, cuts, feed);
}

/** B5: what is behind the place at which the feed forks does not count either. */
function endOf(store: LogStore, cuts: Cuts, feed: FeedState): number {
  return Math.min(endOfCut(store, cuts, feed), (feed.frozenAt ?? Number.POSITIVE_INFINITY) - 1);
}

/** Up to where the feed may be integrated. A feed that has another entry at its cut is not the chain that the cut means. */
function endOfCut(store: LogStore, cuts: Cuts, feed: FeedState): number {
  const limit = cuts.limitOf(feed);
  if (limit === "none" || limit === "unknown") return feed.integrated;
  const held = feed.headSeq >= limit.seq ? store.at(feed, limit.seq) : undefined;
  return held && !sameBytes(held.hash, limit.hash) ? 0 : limit.seq;
}
