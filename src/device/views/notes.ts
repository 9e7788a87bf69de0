import { KIND } from "../../sync/content/kinds.ts";
import { editSchema, pinMessageSchema, reactionSchema } from "../../sync/content/notes.ts";
import type { EntryRef } from "../../sync/content/text.ts";
import type { Reader, StoredEntry, Writer } from "../../sync/core.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import { placeKey, stampOf } from "../../sync/log/stamp.ts";
import { authorOf } from "./author.ts";
import { referred } from "./referred.ts";

/** So many of one author's newest reactions to one message count: of a set that grows, the newest are the same in any order. */
const MAX_REACTIONS = 256;
/** Who pins does not matter. */
const ANYONE = new Uint8Array();

/** A statement about a message; `state` as in states.ts, where a bridge has to carry it to a network. */
export interface Note {
  entry: number;
  author: Uint8Array;
  state: number | null;
}

/** Edits are all kept: a message that is erased takes the texts of its edits along. Which of them counts is decided by the view. */
export function takeEdit(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = editSchema.safeParse(body);
  if (!parsed.success) return;
  insert(writer, entry, parsed.data.target, authorOf(writer, entry), null);
  touch(writer, entry, parsed.data.target);
}

export function takeReaction(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = reactionSchema.safeParse(body);
  if (!parsed.success) return;
  const author = authorOf(writer, entry);
  insert(writer, entry, parsed.data.target, author, null);
  const place = [entry.conversationRow, placeKey(parsed.data.target), KIND.reaction, author] as const;
  writer.sql.run(
    `delete from note where conversation = ? and target = ? and kind = ? and author = ? and stamp <
       (select stamp from note where conversation = ? and target = ? and kind = ? and author = ? order by stamp desc limit 1 offset ?)`,
    ...[...place, ...place, MAX_REACTIONS - 1],
  );
  touch(writer, entry, parsed.data.target);
}

export function takePin(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = pinMessageSchema.safeParse(body);
  if (!parsed.success) return;
  const { target, on } = parsed.data;
  insert(writer, entry, target, ANYONE, on ? 1 : 0);
  const place = [entry.conversationRow, placeKey(target), KIND.pinMessage] as const;
  writer.sql.run(
    `delete from note where conversation = ? and target = ? and kind = ?
       and stamp < (select max(stamp) from note where conversation = ? and target = ? and kind = ?)`,
    ...[...place, ...place],
  );
  touch(writer, entry, target);
}

/** Edits of a message by its author, newest first. */
export function editsOf(reader: Reader, message: StoredEntry, limit: number): Note[] {
  const author = authorOf(reader, message);
  return notes(reader, message, "kind = ? and author = ? order by stamp desc limit ?", KIND.edit, author, limit);
}

/** Of all authors, each one's newest first. */
export function reactionsTo(reader: Reader, message: StoredEntry, limit: number): Note[] {
  return notes(reader, message, "kind = ? order by author, stamp desc limit ?", KIND.reaction, limit);
}

export function isPinned(reader: Reader, message: StoredEntry): boolean {
  return notes(reader, message, "kind = ? and value = 1", KIND.pinMessage).length > 0;
}

/** What was said in an entry that is gone. Edits and reactions go with their message by the rules of deletion (E2). */
export function forgetNote(writer: Writer, entry: StoredEntry): void {
  writer.sql.run("delete from note where entry = ?", entry.row);
}

function notes(reader: Reader, message: StoredEntry, where: string, ...params: (number | Uint8Array)[]): Note[] {
  return reader.sql.all<Note>(
    `select note.entry, note.author, (select state from message_state where message_state.entry = note.entry) as state
     from note where conversation = ? and target = ? and ${where}`,
    ...[message.conversationRow, placeOf(message), ...params],
  );
}

function insert(writer: Writer, entry: StoredEntry, target: EntryRef, author: Uint8Array, value: number | null): void {
  writer.sql.run(
    "insert or ignore into note (conversation, target, kind, author, stamp, entry, value) values (?, ?, ?, ?, ?, ?, ?)",
    ...[entry.conversationRow, placeKey(target), entry.kind, author, stampOf(entry), entry.row, value],
  );
}

function touch(writer: Writer, entry: StoredEntry, target: EntryRef): void {
  const message = referred(writer, entry, target);
  if (message) writer.touch(message.row, "content");
}

function placeOf({ feed, incarnation, seq }: StoredEntry): Uint8Array {
  return placeKey({ feed, inc: incarnation, seq });
}
