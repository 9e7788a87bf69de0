import type { Hlc } from "../core.ts";
import type { Sql } from "../ports.ts";
import type { FeedState } from "./feed-table.ts";
import type { HeadEntry } from "./head-table.ts";
import { resealRest } from "./erase.ts";
import type { Segments } from "./segments.ts";

interface CollapsePorts {
  sql: Sql;
  segments: Segments;
}

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
export function collapseEntries(ports: CollapsePorts, feeds: Iterable<FeedState>, upTo: Hlc): { feed: FeedState; head: HeadEntry }[] {
  const { sql } = ports;
  const segments = new Set<number>();
  const ends: { feed: FeedState; head: HeadEntry }[] = [];
  let conversation: number | undefined;
  for (const feed of feeds) {
    conversation = feed.conversation;
    const last = sql.get<LastEntry>(
      "select row, seq, hash, hlc_ms, hlc_n from entry where feed = ? and (hlc_ms, hlc_n) <= (?, ?) order by seq desc limit 1",
      ...[feed.row, upTo.ms, upTo.n],
    );
    if (!last) continue;
    const sealed = sql.all<{ segment: number }>(
      "select distinct segment from entry where feed = ? and seq <= ? and body is not null",
      ...[feed.row, last.seq],
    );
    for (const { segment } of sealed) segments.add(segment);
    sql.run("delete from entry where feed = ? and seq < ?", feed.row, last.seq);
    sql.run("update entry set body = null, shown = 0, place_ms = hlc_ms, place_n = hlc_n where row = ?", last.row);
    ends.push({ feed, head: { seq: last.seq, hash: last.hash, hlc: { ms: last.hlc_ms, n: last.hlc_n } } });
  }
  if (conversation !== undefined) resealRest(ports, conversation, segments);
  return ends;
}
