import { KIND } from "../content/kinds.ts";
import { type CutBody, cutSchema } from "../content/own.ts";
import type { Conversation, Reader, Writer } from "../core.ts";
import { sameBytes, toHex } from "../encoding/bytes.ts";
import { type Cbor, decodeCbor, encodeCbor } from "../encoding/cbor.ts";
import { standingOf } from "../account/resolve.ts";
import type { FeedState } from "../store/feed-table.ts";
import type { LogStore } from "../store/log-store.ts";
import { CONVERSATION_PREFIX, type Cuts } from "./cuts.ts";
import type { Cut } from "./root.ts";

/** Feeds in one entry; more make another entry. */
const FEEDS_AT_ONCE = 2000;

export interface CutParts {
  store: LogStore;
  cuts: Cuts;
}

/**
 * C1: where the feeds of a device end, as far as this device holds them. One for every conversation, also for those where it wrote
 * nothing: what somebody else holds of it there does not count either. `since`: milliseconds since 1970; what was written from
 * then on, by the clocks of the entries, is left out.
 */
export function cutsOf(
  { store, cuts }: CutParts,
  conversations: readonly Conversation[],
  device: Uint8Array,
  since = Number.POSITIVE_INFINITY,
): Cut[] {
  return conversations.map(({ row, id }) => {
    const feeds = [...store.feeds(row)].filter((feed) => sameBytes(feed.device, device));
    return { conversation: id, device, feeds: feeds.flatMap((feed) => endOf(store, cuts, feed, since) ?? []) };
  });
}

/** Of a device that is out already, or a feed that forks, only what counts now: nothing is let in by revoking it again. */
function endOf(store: LogStore, cuts: Cuts, feed: FeedState, since: number): CutBody["feeds"][number] | undefined {
  const most = cuts.limitOf(feed) === "none" && feed.frozenAt === null ? feed.headSeq : feed.integrated;
  const end = store.endBefore(feed, most, since);
  return end && { inc: feed.incarnation, seq: end.seq, hash: end.hash };
}

/** C1, C3: says to all own devices up to where the feeds of a revoked device count. What was said before stays: cuts only grow. */
export function publishCuts(writer: Writer, cuts: readonly Cut[]): void {
  for (const { conversation: id, device, feeds } of cuts) {
    const conversation = writer.conversationById(id);
    if (!conversation) continue;
    for (let i = 0; i === 0 || i < feeds.length; i += FEEDS_AT_ONCE)
      writer.append(conversation.row, KIND.cut, bodyOf({ device, feeds: feeds.slice(i, i + FEEDS_AT_ONCE) }));
  }
}

/** Before the account is told of a revocation: what `publishPlanned` will say about it, whatever happens in between. */
export function planCuts(writer: Writer, cuts: readonly Cut[]): void {
  for (const { conversation, device, feeds } of cuts)
    writer.sql.run(
      "insert or replace into planned_cut (conversation, device, body) values (?, ?, ?)",
      ...[conversation, device, encodeCbor(bodyOf({ device, feeds }))],
    );
}

/** Publishes what was planned for devices that are out now, and forgets the rest: that revocation never came about. */
export function publishPlanned(writer: Writer): void {
  const planned = plannedCuts(writer);
  writer.sql.run("delete from planned_cut");
  const counted = planned.filter(({ device }) => standingOf(writer.account, device)?.state === "revoked");
  publishCuts(writer, counted);
  const own = writer.conversationByFounding({ kind: "self", account: writer.account.account });
  const devices = new Map(counted.map(({ device }) => [toHex(device), device]));
  for (const [key, device] of own ? devices : []) {
    const conversations = counted
      .filter((cut) => toHex(cut.device) === key)
      .map(({ conversation }) => conversation.slice(0, CONVERSATION_PREFIX));
    writer.append(own?.row ?? 0, KIND.cut, { device, feeds: [], conversations });
  }
}

export function plannedCuts(reader: Reader): Cut[] {
  return reader.sql.all<{ conversation: Uint8Array; body: Uint8Array }>("select conversation, body from planned_cut").flatMap((row) => {
    const parsed = cutSchema.safeParse(decodeCbor(row.body));
    return parsed.success ? [{ conversation: row.conversation, ...parsed.data }] : [];
  });
}

function bodyOf({ device, feeds }: Pick<Cut, "device" | "feeds">): Cbor {
  return { device, feeds: feeds.map((feed) => ({ ...feed })) };
}
