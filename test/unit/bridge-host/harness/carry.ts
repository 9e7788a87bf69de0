import type { Device } from "../../../../src/sync/device.ts";
import { rest } from "./test-clock.ts";

/** Brings everything that `from` has and `to` lacks, as a session would, without the session. */
export async function carry(from: Device, to: Device): Promise<void> {
  await rest();
  // The own-devices log comes first: it tells of the conversations.
  for (const conversation of from.conversations().sort((a, b) => Number(b.founding.kind === "self") - Number(a.founding.kind === "self"))) {
    const there = to.conversationById(conversation.id);
    if (!there) continue;
    for (const feed of from.store.feeds(conversation.row)) {
      const has = to.store.findFeed(there.row, feed.device, feed.incarnation)?.headSeq ?? 0;
      const entries = from.wire(from.store.wireOfFeed(feed.row, has, 1000));
      const last = entries.findLastIndex(({ signature }) => signature !== null);
      const signature = entries[last]?.signature;
      if (!signature) continue;
      const run = {
        feed: feed.device,
        incarnation: feed.incarnation,
        entries: entries.slice(0, last + 1).map(({ header, body }) => ({ header, body })),
        signature,
      };
      to.receive([{ conversation: there, run }]);
    }
  }
}
