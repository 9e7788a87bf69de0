import { bridgedSchema } from "../../sync/content/bridged.ts";
import { highlightsSchema, type IgnoredPerson, ignoredSchema } from "../../sync/content/own.ts";
import type { Reader, Writer } from "../../sync/core.ts";
import type { Sql } from "../../sync/ports.ts";
import { toHex } from "../../sync/encoding/bytes.ts";
import { TOPIC } from "./newest.ts";

/** What the person wants to be told of, and of whom not at all. */
export interface Attention {
  words: readonly string[];
  ignored: readonly IgnoredPerson[];
}

const NONE: Attention = { words: [], ignored: [] };

interface Known {
  own: number;
  /** Of the statements that `attention` was read from. */
  key: string;
  attention: Attention;
}

/** A line that comes in asks for this: nothing is read twice that has not changed. */
const known = new WeakMap<Sql, Known>();

export function attentionOf(reader: Reader): Attention {
  const cached = known.get(reader.sql);
  const own = cached?.own ?? reader.conversationByFounding({ kind: "self", account: reader.account.account })?.row;
  if (own === undefined) return NONE;
  const rows = reader.sql.all<{ topic: string; entry: number; stamp: Uint8Array }>(
    "select topic, entry, stamp from newest where conversation = ? and topic in (?, ?)",
    ...[own, TOPIC.highlights, TOPIC.ignored],
  );
  const key = rows.map(({ topic, stamp }) => `${topic} ${toHex(stamp)}`).join(" ");
  if (cached?.key === key) return cached.attention;
  const body = (topic: string) => {
    const row = rows.find((one) => one.topic === topic);
    return row && reader.body(row.entry);
  };
  const attention = {
    words: highlightsSchema.safeParse(body(TOPIC.highlights)).data?.words ?? [],
    ignored: ignoredSchema.safeParse(body(TOPIC.ignored)).data?.people ?? [],
  };
  known.set(reader.sql, { own, key, attention });
  return attention;
}

/** How a line of another network stands to the person. */
export function gradeOf({ words, ignored }: Attention, bridge: string | undefined, line: Line): { mention: boolean; hidden: boolean } {
  const hidden = ignored.some((person) => person.bridge === bridge && person.user === line.from.id);
  return { hidden, mention: !hidden && (line.mentionsMe === true || namesOneOf(line.text, words)) };
}

interface Line {
  text: string;
  from: { id: string };
  mentionsMe?: boolean | undefined;
}

/** Whether one of the words stands in the text as a word of its own; letters large or small. */
export function namesOneOf(text: string, words: readonly string[]): boolean {
  if (words.length === 0) return false;
  const hay = text.normalize("NFC").toLowerCase();
  return words.some((word) => hasWord(hay, word.normalize("NFC").toLowerCase()));
}

const INSIDE = /[\p{L}\p{N}_]/u;

function hasWord(hay: string, word: string): boolean {
  if (word === "") return false;
  for (let at = hay.indexOf(word); at !== -1; at = hay.indexOf(word, at + 1))
    if (!INSIDE.test(hay.slice(0, at).at(-1) ?? "") && !INSIDE.test(hay[at + word.length] ?? "")) return true;
  return false;
}

/** The rules are others now: all that is unread is graded again, so that every device that holds the same entries counts the same. */
export function gradeUnread(writer: Writer): void {
  const attention = attentionOf(writer);
  const rows = writer.sql.all<{ conversation: number; feed: number; seq: number; entry: number; mention: number; hidden: number }>(
    `select u.conversation, u.feed, u.seq, u.mention, u.hidden, e.row as entry from unread_message u
     join entry e on e.feed = u.feed and e.seq = u.seq`,
  );
  const changed = new Set<number>();
  for (const row of rows) {
    const line = bridgedSchema.safeParse(writer.body(row.entry)).data;
    const founding = writer.conversation(row.conversation)?.founding;
    if (!line || founding?.kind !== "bridge") continue;
    const { mention, hidden } = gradeOf(attention, founding.bridge, line);
    if (mention === (row.mention === 1) && hidden === (row.hidden === 1)) continue;
    changed.add(row.conversation);
    writer.sql.run(
      "update unread_message set mention = ?, hidden = ? where conversation = ? and feed = ? and seq = ?",
      ...[mention ? 1 : 0, hidden ? 1 : 0, row.conversation, row.feed, row.seq],
    );
  }
  for (const conversation of changed) writer.touchConversation(conversation);
}
