import type { Hlc } from "../core.ts";
import type { FeedState } from "./feed-table.ts";
import type { HeadEntry } from "./head-table.ts";
import { type ErasePorts, resealRest, takeApart } from "./erase.ts";

interface LastEntry {
  row: number;
  seq: number;
  hash: Uint8Array;
  hlc_ms: number;
  hlc_n: number;
}

/**
 * E3: of everything in these feeds up to a clock only the header of each feed's last entry stays, with the keys of the rest gone
 * (R2). Returns the new ends for the caller's tables: `head` is what the feed begins with from now on.
 */
export function collapseEntries(ports: ErasePorts, feeds: Iterable<FeedState>, upTo: Hlc): { feed: FeedState; head: HeadEntry }[] {
  const { sql } = ports;
  const segments = new Set<number>();
  const ends: { feed: FeedState; head: HeadEntry }[] = [];
  for (const feed of feeds) {
    const last = sql.get<LastEntry>(
      "select row, seq, hash, hlc_ms, hlc_n from entry where feed = ? and (hlc_ms, hlc_n) <= (?, ?) order by seq desc limit 1",
      ...[feed.row, upTo.ms, upTo.n],
    );
    if (!last) continue;
    takeApartAt(ports, feed, last.seq);
    ports.packs.dropBefore(feed, last.seq);
    const sealed = sql.all<{ segment: number }>(
      "select distinct segment from entry where feed = ? and seq <= ? and body is not null and header <> x''",
      ...[feed.row, last.seq],
    );
    for (const { segment } of sealed) segments.add(segment);
    sql.run("delete from entry where feed = ? and seq < ?", feed.row, last.seq);
    sql.run("update entry set body = null, shown = 0, place_ms = hlc_ms, place_n = hlc_n where row = ?", last.row);
    ends.push({ feed, head: { seq: last.seq, hash: last.hash, hlc: { ms: last.hlc_ms, n: last.hlc_n } } });
  }
  resealRest(ports, segments);
  return ends;
}

/** What stays of the pack in which the feed's last entry lies is in rows. */
function takeApartAt(ports: ErasePorts, feed: FeedState, seq: number): void {
  const rows = ports.sql.all<{ segment: number }>("select segment from entry where feed = ? and seq = ? and header = x''", feed.row, seq);
  for (const { segment } of rows) takeApart(ports, segment, new Set());
}
