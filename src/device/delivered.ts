import { sameBytes } from "../sync/encoding/bytes.ts";
import type { Device } from "../sync/device.ts";
import type { Sessions } from "../sync/session/sessions.ts";

/** Entries that are told of at once; a device that was away for long acknowledges many. */
const MOST = 500;

/** F5: tells `watch` when own messages of own conversations have come further. */
export function followDelivery(device: Device, sessions: Sessions): void {
  sessions.acknowledged.add((positions) => {
    const rows = positions.flatMap(({ conversation, feed, from, to }) => {
      const concerned = conversation === device.ownLog.row && sameBytes(device.store.feed(feed).device, device.self) && to > from;
      return concerned ? shownEntries(device, feed, from, to) : [];
    });
    if (rows.length > 0) device.transact((writer) => rows.forEach((row) => writer.touch(row)));
  });
}

function shownEntries(device: Device, feed: number, from: number, to: number): number[] {
  return device.sql
    .all<{ row: number }>(
      "select row from entry where feed = ? and seq > ? and seq <= ? and shown = 1 order by seq desc limit ?",
      feed,
      from,
      to,
      MOST,
    )
    .map(({ row }) => row);
}
