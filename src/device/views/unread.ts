import { isBridged } from "../../sync/content/bridged-line.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { MAX_SEEN, readMarkerSchema } from "../../sync/content/own.ts";
import type { EntryRef } from "../../sync/content/text.ts";
import type { IntegratedEntry, Reader, StoredEntry, Writer } from "../../sync/core.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import { concat } from "../../sync/encoding/bytes.ts";
import { messageNumber } from "../../sync/store/changes.ts";
import { attentionOf, gradeOf } from "./attention.ts";
import { refOf } from "./referred.ts";

const SPOKEN: ReadonlySet<string> = new Set(["text", "action", "notice"]);

/** Rows of one statement. */
const AT_ONCE = 16;
const COLUMNS = 6;
const INSERT_ONE = "insert or ignore into unread_message (conversation, feed, seq, n, mention, hidden) values (?, ?, ?, ?, ?, ?)";
const INSERT_MANY = INSERT_ONE + ", (?, ?, ?, ?, ?, ?)".repeat(AT_ONCE - 1);

export interface Unread {
  unread: number;
  /** Of these, how many name the person. */
  mentions: number;
}

/** Messages of others that no read marker covers; the same number on each device that holds the same entries. */
export function unreadOf(reader: Reader, conversation: number): Unread {
  const count = (where: string) =>
    reader.sql.get<{ n: number }>(`select count(*) as n from unread_message where conversation = ? and hidden = 0 ${where}`, conversation)
      ?.n ?? 0;
  const unread = count("");
  return { unread, mentions: unread === 0 ? 0 : count("and mention = 1") };
}

/** A line that the bridge brought: unread where a person other than this one said it, and it is no fetched history. */
export function countBridged(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  countManyBridged(writer, [{ entry, body }]);
}

/** The same for several of one feed. */
export function countManyBridged(writer: Writer, entries: readonly IntegratedEntry[]): void {
  const [first] = entries;
  if (!first) return;
  const { conversationRow: conversation, row } = first.entry;
  const founding = writer.conversation(conversation)?.founding;
  const bridge = founding?.kind === "bridge" ? founding.bridge : undefined;
  const attention = attentionOf(writer);
  const seen = seenUpTo(writer, first.entry);
  const feed = writer.sql.get<{ feed: number }>("select feed from entry where row = ?", row)?.feed ?? 0;
  // Their rows follow each other, and so do the numbers under which they were told of.
  const number = messageNumber(writer.sql, row);
  const unread: number[] = [];
  for (const { entry, body } of entries) {
    if (entry.seq <= seen || !isBridged(body) || body.from.self || body.placed || !SPOKEN.has(body.shape)) continue;
    // What has no number there is not shown.
    const n = number === undefined ? undefined : number + entry.row - row;
    const { mention, hidden } = gradeOf(attention, bridge, body);
    if (n !== undefined) unread.push(conversation, feed, entry.seq, n, mention ? 1 : 0, hidden ? 1 : 0);
  }
  for (let at = 0; at < unread.length; ) {
    const rows = unread.length - at >= AT_ONCE * COLUMNS ? AT_ONCE : 1;
    writer.sql.run(rows === 1 ? INSERT_ONE : INSERT_MANY, ...unread.slice(at, at + rows * COLUMNS));
    at += rows * COLUMNS;
  }
}

/** Says that all that arrived up to a message has been seen (B8), by what is unread here; nothing where nothing is. */
export function markSeen(writer: Writer, upTo: StoredEntry): void {
  for (let seen = unseenUpTo(writer, upTo); seen.length > 0; seen = unseenUpTo(writer, upTo)) {
    writer.append(upTo.conversationRow, KIND.readMarker, { upTo: { ...refOf(upTo) }, seen: seen.map((ref) => ({ ...ref })) });
  }
}

/** The last of each feed, of so many feeds as one marker speaks of. */
function unseenUpTo(reader: Reader, upTo: StoredEntry): EntryRef[] {
  return reader.sql.all<{ feed: Uint8Array; inc: Uint8Array; seq: number }>(
    `select f.device as feed, f.incarnation as inc, max(u.seq) as seq from unread_message u join feed f on f.row = u.feed
     where u.conversation = ? and u.n <= ? group by u.feed order by u.feed limit ?`,
    ...[upTo.conversationRow, messageNumber(reader.sql, upTo.row) ?? -1, MAX_SEEN],
  );
}

/** Markers add up, feed by feed, so that the order in which they come does not matter. */
export function takeMarker(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = readMarkerSchema.safeParse(body);
  if (!parsed.success) return;
  const { seen = [parsed.data.upTo] } = parsed.data;
  let cleared = 0;
  for (const ref of seen) cleared += see(writer, entry.conversationRow, ref);
  if (cleared > 0) writer.touchConversation(entry.conversationRow);
}

/** An erased message is not unread any more. */
export function forgetUnread(writer: Writer, entry: StoredEntry): void {
  const { changes } = writer.sql.run(
    "delete from unread_message where (conversation, feed, seq) = (select conversation, feed, seq from entry where row = ?)",
    entry.row,
  );
  if (changes > 0) writer.touchConversation(entry.conversationRow);
}

/** Returns how many messages it made read. */
function see(writer: Writer, conversation: number, { feed, inc, seq }: EntryRef): number {
  writer.sql.run(
    "insert into seen (conversation, feed, seq) values (?, ?, ?) on conflict do update set seq = excluded.seq where excluded.seq > seen.seq",
    ...[conversation, concat(feed, inc), seq],
  );
  return writer.sql.run(
    `delete from unread_message where conversation = ? and seq <= ?
     and feed = (select row from feed where conversation = ? and device = ? and incarnation = ?)`,
    ...[conversation, seq, conversation, feed, inc],
  ).changes;
}

function seenUpTo(reader: Reader, { conversationRow, feed, incarnation }: StoredEntry): number {
  return (
    reader.sql.get<{ seq: number }>("select seq from seen where conversation = ? and feed = ?", conversationRow, concat(feed, incarnation))
      ?.seq ?? 0
  );
}

/** The row of the unread message that came first; undefined where all has been seen. */
export function firstUnread(reader: Reader, conversation: number): number | undefined {
  return reader.sql.get<{ row: number }>(
    `select e.row from unread_message u join entry e on e.feed = u.feed and e.seq = u.seq
     where u.conversation = ? and u.hidden = 0 and u.n = (select min(n) from unread_message where conversation = ? and hidden = 0)`,
    ...[conversation, conversation],
  )?.row;
}

/** The row of the message that came last and is unread. */
export function lastUnread(reader: Reader, conversation: number): number | undefined {
  return reader.sql.get<{ row: number }>(
    `select e.row from unread_message u join entry e on e.feed = u.feed and e.seq = u.seq
     where u.conversation = ? and u.n = (select max(n) from unread_message where conversation = ?)`,
    ...[conversation, conversation],
  )?.row;
}
