import { KIND } from "../../sync/content/kinds.ts";
import { heardEditSchema, heardReactionsSchema } from "../../sync/content/heard.ts";
import { editSchema, pinMessageSchema, reactionSchema } from "../../sync/content/notes.ts";
import type { EntryRef } from "../../sync/content/text.ts";
import type { Reader, StoredEntry, Writer } from "../../sync/core.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import { compareBytes, sameBytes } from "../../sync/encoding/bytes.ts";
import { placeKey, stampOf } from "../../sync/log/stamp.ts";
import { authorOf, personOf } from "./author.ts";
import { referred } from "./referred.ts";

/** So many of one author's newest reactions to one message count: of a set that grows, the newest are the same in any order. */
const MAX_REACTIONS = 256;
/** Notes about one message that are read in one go. */
const FEW = 200;
/** Who pins does not matter. */
const ANYONE = new Uint8Array();

/** A statement about a message; `state` as in states.ts, where a bridge has to carry it to a network. */
export interface Note {
  entry: number;
  author: Uint8Array;
  kind: number;
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

export function takeHeardEdit(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = heardEditSchema.safeParse(body);
  if (!parsed.success) return;
  insert(writer, entry, parsed.data.target, personOf(writer, entry, parsed.data.from), null);
  touch(writer, entry, parsed.data.target);
}

export function takeHeardReactions(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = heardReactionsSchema.safeParse(body);
  if (!parsed.success) return;
  insert(writer, entry, parsed.data.target, personOf(writer, entry, parsed.data.from), null);
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

/** What was said about a message, of each kind the newest first. */
export interface NotesAbout {
  /** By its author. */
  edits: Note[];
  reactions: Note[];
  pinned: boolean;
}

interface StampedNote extends Note {
  stamp: Uint8Array;
  value: number | null;
}

const EDITS: readonly number[] = [KIND.edit, KIND.heardEdit];
const REACTIONS: readonly number[] = [KIND.reaction, KIND.heardReactions];

/** At most `most` of each kind, which is far more than people do; one look at the index where there are fewer altogether. */
export function notesAbout(
  reader: Reader,
  message: StoredEntry,
  most: { edits: number; reactions: number },
  author: Uint8Array = authorOf(reader, message),
): NotesAbout {
  const few = notes(reader, message, "true order by kind, author, stamp limit ?", FEW + 1);
  if (few.length > FEW)
    return {
      edits: notes(reader, message, "kind in (?, ?) and author = ? order by stamp desc limit ?", ...EDITS, author, most.edits),
      reactions: notes(reader, message, "kind in (?, ?) order by author, stamp desc limit ?", ...REACTIONS, most.reactions),
      pinned: notes(reader, message, "kind = ? and value = 1", KIND.pinMessage).length > 0,
    };
  const edits = few.filter((note) => EDITS.includes(note.kind) && sameBytes(note.author, author));
  const reactions = few.filter(({ kind }) => REACTIONS.includes(kind));
  return {
    edits: edits.sort(newestFirst).slice(0, most.edits),
    reactions: reactions.sort((a, b) => compareBytes(a.author, b.author) || newestFirst(a, b)).slice(0, most.reactions),
    pinned: few.some(({ kind, value }) => kind === KIND.pinMessage && value === 1),
  };
}

const newestFirst = (a: StampedNote, b: StampedNote): number => compareBytes(b.stamp, a.stamp);

/** What was said in an entry that is gone. Edits and reactions go with their message by the rules of deletion (E2). */
export function forgetNote(writer: Writer, entry: StoredEntry): void {
  writer.sql.run("delete from note where entry = ?", entry.row);
}

function notes(reader: Reader, message: StoredEntry, where: string, ...params: (number | Uint8Array)[]): StampedNote[] {
  return reader.sql.all<StampedNote>(
    `select note.entry, note.author, note.kind, note.stamp, note.value, (select state from message_state where message_state.entry = note.entry) as state
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

/** The pinned messages of a conversation that are here, the last pinned first. */
export function pinnedIn(reader: Reader, conversation: number, limit: number): StoredEntry[] {
  const id = reader.conversation(conversation)?.id;
  const rows = reader.sql.all<{ target: Uint8Array }>(
    "select target from note where conversation = ? and kind = 13 and value = 1 order by stamp desc limit ?",
    ...[conversation, limit],
  );
  return rows.flatMap(({ target }) => (id && reader.entryAt({ conversation: id, ...addressOf(target) })) ?? []);
}

/** What `placeKey` was made of. */
function addressOf(key: Uint8Array): { feed: Uint8Array; incarnation: Uint8Array; seq: number } {
  const view = new DataView(key.buffer, key.byteOffset + 40, 6);
  return { feed: key.slice(0, 32), incarnation: key.slice(32, 40), seq: view.getUint16(0) * 2 ** 32 + view.getUint32(2) };
}
