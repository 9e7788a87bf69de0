import { type EntryRange, MAX_RANGES } from "../content/deletion.ts";
import { KIND } from "../content/kinds.ts";
import type { Conversation, StoredEntry, Writer } from "../core.ts";
import { toHex } from "../encoding/bytes.ts";
import type { Cbor } from "../encoding/cbor.ts";
import type { Cuts } from "../cuts/cuts.ts";

/** E1: deletes these entries on every own device, for ever. Entries of several conversations make a tombstone for each. */
export function deleteEntries(writer: Writer, entries: readonly StoredEntry[]): void {
  const conversations = Map.groupBy(entries, ({ conversationRow }) => conversationRow);
  for (const of of conversations.values()) {
    const [first] = of as [StoredEntry];
    deleteRanges(writer, first.conversation, rangesOf(of));
  }
}

export function deleteRanges(writer: Writer, conversation: Uint8Array, ranges: readonly EntryRange[]): void {
  for (let i = 0; i < ranges.length; i += MAX_RANGES)
    append(writer, { conversation, ranges: ranges.slice(i, i + MAX_RANGES).map((range) => ({ ...range })) });
}

/** E3: everything up to now; `after` says what becomes of later messages. */
export function deleteConversation(writer: Writer, cuts: Cuts, conversation: Conversation, after: "reopen" | "block"): void {
  const body: { [key: string]: Cbor } = { conversation: conversation.id, all: after };
  const stands = conversation.founding.kind === "self" ? [] : cuts.of(conversation.row);
  if (stands.length > 0) body.cuts = stands.map(({ device, feeds }) => ({ device, feeds: feeds.map((feed) => ({ ...feed })) }));
  append(writer, body);
}

function append(writer: Writer, body: { [key: string]: Cbor }): void {
  const own = writer.conversationByFounding({ kind: "self", account: writer.account.account });
  if (own) writer.append(own.row, KIND.tombstone, body);
}

/** Entries side by side in one feed are one range. */
function rangesOf(entries: readonly StoredEntry[]): EntryRange[] {
  const ranges: EntryRange[] = [];
  const feeds = Map.groupBy(entries, ({ feed, incarnation }) => toHex(feed) + toHex(incarnation));
  for (const of of feeds.values()) {
    for (const { feed, incarnation: inc, seq } of of.sort((a, b) => a.seq - b.seq)) {
      const last = ranges.at(-1);
      if (last && last.feed === feed && last.to + 1 >= seq) last.to = seq;
      else ranges.push({ feed, inc, from: seq, to: seq });
    }
  }
  return ranges;
}
