import type { EntryRange } from "../content/deletion.ts";
import type { Conversation, Writer } from "../core.ts";
import { deleteRanges } from "../deletion/delete.ts";
import { sameBytes } from "../encoding/bytes.ts";
import { isShown } from "../log/place.ts";
import type { FeedState } from "../store/feed-table.ts";
import { type CutParts, publishCuts } from "./publish.ts";

/** Messages of a revoked device that came behind its cut (C3). */
export interface LateMessages {
  conversation: Conversation;
  count: number;
  /** Milliseconds since 1970, by the clocks of the entries. */
  first: number;
  last: number;
}

interface Late {
  seq: number;
  kind: number;
  hlc_ms: number;
}

/** C3: what waits for the person's word, by conversation; conversations without any are left out. */
export function lateMessages(parts: CutParts, writer: Pick<Writer, "conversations" | "sql">, device: Uint8Array): LateMessages[] {
  return writer.conversations().flatMap((conversation) => {
    const late = lateFeeds(parts, conversation, device).flatMap((feed) => lateIn(writer, feed).filter(({ kind }) => isShown(kind)));
    if (late.length === 0) return [];
    const times = late.map(({ hlc_ms }) => hlc_ms);
    return [{ conversation, count: late.length, first: Math.min(...times), last: Math.max(...times) }];
  });
}

/** C3: the cuts grow over everything that came. */
export function keepLate(parts: CutParts, writer: Writer, device: Uint8Array): void {
  const cuts = writer.conversations().flatMap((conversation) => {
    const feeds = lateFeeds(parts, conversation, device);
    const ends = feeds.map(({ incarnation, headSeq, headHash }) => ({ inc: incarnation, seq: headSeq, hash: headHash as Uint8Array }));
    return ends.length > 0 ? [{ conversation: conversation.id, device, feeds: ends }] : [];
  });
  publishCuts(writer, cuts);
}

/** C3, E1: it is deleted on every own device, and whatever a cut says later does not bring it back. */
export function dropLate(parts: CutParts, writer: Writer, device: Uint8Array): void {
  for (const conversation of writer.conversations()) {
    const ranges: EntryRange[] = lateFeeds(parts, conversation, device).flatMap((feed) => {
      const [first] = lateIn(writer, feed);
      return first ? [{ feed: feed.device, inc: feed.incarnation, from: first.seq, to: feed.headSeq }] : [];
    });
    if (ranges.length > 0) deleteRanges(writer, conversation.id, ranges);
  }
}

function lateFeeds({ store, cuts }: CutParts, { row }: Conversation, device: Uint8Array): FeedState[] {
  return [...store.feeds(row)].filter(
    (feed) =>
      sameBytes(feed.device, device) && feed.headSeq > feed.integrated && !cuts.covers(feed, feed.headSeq, feed.headHash as Uint8Array),
  );
}

function lateIn({ sql }: Pick<Writer, "sql">, feed: FeedState): Late[] {
  return sql.all<Late>(
    "select seq, kind, hlc_ms from entry where feed = ? and seq > ? and body is not null order by seq",
    ...[feed.row, feed.integrated],
  );
}
