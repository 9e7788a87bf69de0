import { KIND } from "../../sync/content/kinds.ts";
import { editSchema, reactionSchema } from "../../sync/content/notes.ts";
import { type EntryRef, textSchema } from "../../sync/content/text.ts";
import type { Reader, StoredEntry, Writer } from "../../sync/core.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import { placeKey, stampOf } from "../../sync/log/stamp.ts";
import type { SecurityLabel } from "../../security-labels/index.ts";
import { type OutboxMessage, messageOf } from "./outbox-table.ts";

/** An edit of an own message, or the person's reaction to a message, as the log has it. */
export interface Note {
  kind: "edit" | "react";
  target: EntryRef;
  /** The new text, or the emoji. */
  text: string;
}

/** So many of the person's newest reactions to one message are looked at. */
const MOST_REACTIONS = 256;

/** Undefined for entries of other kinds, and for what cannot be read. */
export function readNote(kind: number, body: Cbor | undefined): Note | undefined {
  const edit = kind === KIND.edit ? editSchema.safeParse(body).data : undefined;
  if (edit) return { kind: "edit", target: edit.target, text: edit.text };
  const reaction = kind === KIND.reaction ? reactionSchema.safeParse(body).data : undefined;
  return reaction && { kind: "react", target: reaction.target, text: reaction.emoji };
}

/** Found again by what it is about. */
export function keepNote(writer: Writer, entry: StoredEntry, { target }: Note): void {
  writer.sql.run(
    "insert or ignore into bridge_note (conversation, target, kind, stamp, entry) values (?, ?, ?, ?, ?)",
    ...[entry.conversationRow, placeKey(target), entry.kind, stampOf(entry), entry.row],
  );
}

/** What an edit asks for is what its message asked for: it says no less. */
export function labelAskedFor(reader: Reader, entry: StoredEntry, { target }: Note): SecurityLabel {
  const message = targetOf(reader, entry, target);
  return textSchema.safeParse(message && reader.body(message.row)).data?.minLabel ?? "plaintext";
}

export function targetOf(reader: Reader, entry: StoredEntry, { feed, inc, seq }: EntryRef): StoredEntry | undefined {
  return reader.entryAt({ conversation: entry.conversation, feed, incarnation: inc, seq });
}

/** There is a newer edit of the same message: this one, coming late, must not undo it. */
export function isOvertaken(reader: Reader, entry: StoredEntry, { target }: Note): boolean {
  return notesAbout(reader, entry, target, KIND.edit)[0] !== entry.row;
}

/** All that the person's reactions to a message come to with this one: what the network has or may have, and this. */
export function reactionSet(reader: Reader, entry: StoredEntry, { target }: Note): string[] {
  const decided = new Map<string, boolean>();
  for (const row of notesAbout(reader, entry, target, KIND.reaction)) {
    const reaction = reactionSchema.safeParse(reader.body(row)).data;
    if (!reaction || decided.has(reaction.emoji)) continue;
    if (row === entry.row || isThere(messageOf(reader, row))) decided.set(reaction.emoji, reaction.on);
  }
  return [...decided].flatMap(([emoji, on]) => (on ? [emoji] : [])).sort();
}

/** Newest first. */
function notesAbout(reader: Reader, entry: StoredEntry, target: EntryRef, kind: number): number[] {
  return reader.sql
    .all<{ entry: number }>(
      `select entry from bridge_note where conversation = ? and target = ? and kind = ? order by stamp desc limit ${MOST_REACTIONS}`,
      ...[entry.conversationRow, placeKey(target), kind],
    )
    .map((row) => row.entry);
}

function isThere(message: OutboxMessage | undefined): boolean {
  return message?.state === "sent" || message?.state === "in-doubt";
}
