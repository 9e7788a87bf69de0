import type { Message } from "../../api/messages.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { editSchema, reactionSchema } from "../../sync/content/notes.ts";
import { textSchema } from "../../sync/content/text.ts";
import type { Reader, StoredEntry } from "../../sync/core.ts";
import { sameBytes, toHex } from "../../sync/encoding/bytes.ts";
import { messageText } from "../../sync/log/public-id.ts";
import { deliveryOf } from "./delivery.ts";
import { type Note, notesAbout } from "./notes.ts";
import { STATE_NUMBER } from "./states.ts";

/** Of one message: more are not looked at, so that a view stays quick whatever somebody does to it. */
const MOST_EDITS = 32;
const MOST_REACTIONS = 1000;
const MOST_SHOWN = 100;
const MOST_UNSENT = 20;

type Unsent = NonNullable<Message["unsent"]>[number];

export interface Notes {
  /** Undefined where the message has its own text. */
  text: string | undefined;
  fields: Pick<Message, "edited" | "reactions" | "pinned" | "unsent">;
}

/**
 * What was said about a message, as it is shown with it. Where a bridge carries edits and reactions to a network, they count
 * once they are there: a message is shown as the others have it, and what is not sent stands beside it.
 */
export function notesOf(reader: Reader, message: StoredEntry): Notes {
  const carried = reader.conversation(message.conversationRow)?.founding.kind === "bridge";
  const about = notesAbout(reader, message, { edits: MOST_EDITS, reactions: MOST_REACTIONS });
  const edit = message.kind === KIND.text ? shownEdit(reader, about.edits, carried) : { text: undefined, unsent: [] };
  const { reactions, unsent } = shownReactions(reader, about.reactions, carried);
  const waiting = [...edit.unsent, ...unsent].slice(0, MOST_UNSENT);
  return {
    text: edit.text,
    fields: {
      ...(edit.text === undefined ? {} : { edited: true }),
      ...(reactions.length === 0 ? {} : { reactions }),
      ...(about.pinned ? { pinned: true } : {}),
      ...(waiting.length === 0 ? {} : { unsent: waiting }),
    },
  };
}

/** The newest that counts, and what is newer and does not. */
function shownEdit(reader: Reader, edits: readonly Note[], carried: boolean): { text: string | undefined; unsent: Unsent[] } {
  const unsent: Unsent[] = [];
  for (const note of edits) {
    const body = editSchema.safeParse(reader.body(note.entry)).data;
    if (!body) continue;
    if (counts(note, carried)) return { text: body.text, unsent };
    if (unsent.length === 0) unsent.push(...unsentOf(reader, note, { what: "edit", text: body.text, on: true }));
  }
  return { text: undefined, unsent };
}

function shownReactions(reader: Reader, notes: readonly Note[], carried: boolean) {
  const totals = new Map<string, { emoji: string; count: number; self: boolean }>();
  const unsent: Unsent[] = [];
  const decided = new Set<string>();
  for (const note of notes) {
    const body = reactionSchema.safeParse(reader.body(note.entry)).data;
    const key = body && `${toHex(note.author)} ${body.emoji}`;
    if (!body || key === undefined || decided.has(key)) continue;
    if (!counts(note, carried)) {
      if (!unsent.some(({ text }) => text === body.emoji))
        unsent.push(...unsentOf(reader, note, { what: "reaction", text: body.emoji, on: body.on }));
      continue;
    }
    decided.add(key);
    if (!body.on) continue;
    const total = totals.get(body.emoji) ?? { emoji: body.emoji, count: 0, self: false };
    total.count += 1;
    total.self ||= sameBytes(note.author, reader.account.account);
    totals.set(body.emoji, total);
  }
  const reactions = [...totals.values()].sort((a, b) => b.count - a.count || (a.emoji < b.emoji ? -1 : 1)).slice(0, MOST_SHOWN);
  return { reactions, unsent };
}

function counts({ state }: Note, carried: boolean): boolean {
  return !carried || state === STATE_NUMBER.sent;
}

function unsentOf(reader: Reader, note: Note, said: Pick<Unsent, "what" | "text" | "on">): Unsent[] {
  const entry = reader.entry(note.entry);
  if (!entry) return [];
  const { state, reason } = deliveryOf(reader, entry);
  return [{ id: messageText(entry), ...said, state, ...(reason === undefined ? {} : { reason }) }];
}

/** What a message of one's own said, oldest first; of edits that did not reach a network, nothing. */
export function versionsOf(reader: Reader, message: StoredEntry): { text: string; ts: number }[] {
  const first = textSchema.safeParse(reader.body(message.row)).data;
  if (!first) return [];
  const carried = reader.conversation(message.conversationRow)?.founding.kind === "bridge";
  const edits = notesAbout(reader, message, { edits: MOST_EDITS, reactions: 0 }).edits.flatMap((note) => {
    const body = editSchema.safeParse(reader.body(note.entry)).data;
    const ts = reader.entry(note.entry)?.hlc.ms;
    return body && ts !== undefined && counts(note, carried) ? [{ text: body.text, ts }] : [];
  });
  return [{ text: first.text, ts: message.hlc.ms }, ...edits.reverse()];
}
