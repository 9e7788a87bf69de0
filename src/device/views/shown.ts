import type { Message } from "../../api/messages.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { type HeardEdit, heardEditSchema, heardReactionsSchema } from "../../sync/content/heard.ts";
import { editSchema, reactionSchema } from "../../sync/content/notes.ts";
import { bridgedSchema } from "../../sync/content/bridged.ts";
import { textSchema } from "../../sync/content/text.ts";
import type { Reader, StoredEntry } from "../../sync/core.ts";
import { sameBytes, toHex } from "../../sync/encoding/bytes.ts";
import { messageText } from "../../sync/log/public-id.ts";
import { personOf } from "./author.ts";
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
  /** How that text came, where a network brought it. */
  heard: Pick<HeardEdit, "label" | "facts"> | undefined;
  fields: Pick<Message, "edited" | "reactions" | "pinned" | "unsent">;
}

/**
 * What was said about a message, as it is shown with it. Where a bridge carries edits and reactions to a network, they count
 * once they are there: a message is shown as the others have it, and what is not sent stands beside it.
 */
export function notesOf(reader: Reader, message: StoredEntry, author?: Uint8Array): Notes {
  const carried = reader.conversation(message.conversationRow)?.founding.kind === "bridge";
  const about = notesAbout(reader, message, { edits: MOST_EDITS, reactions: MOST_REACTIONS }, author);
  const edit = shownEdit(reader, about.edits, carried);
  const { reactions, unsent } = shownReactions(reader, about.reactions, carried);
  const waiting = [...edit.unsent, ...unsent].slice(0, MOST_UNSENT);
  return {
    text: edit.text,
    heard: edit.heard,
    fields: {
      ...(edit.text === undefined ? {} : { edited: true }),
      ...(reactions.length === 0 ? {} : { reactions }),
      ...(about.pinned ? { pinned: true } : {}),
      ...(waiting.length === 0 ? {} : { unsent: waiting }),
    },
  };
}

/** The newest that counts, and what is newer and does not. */
function shownEdit(reader: Reader, edits: readonly Note[], carried: boolean): Pick<Notes, "text" | "heard"> & { unsent: Unsent[] } {
  const unsent: Unsent[] = [];
  for (const note of edits) {
    const body = editIn(reader, note);
    if (!body) continue;
    if (counts(note, carried)) return { text: body.text, heard: "label" in body ? body : undefined, unsent };
    if (unsent.length === 0) unsent.push(...unsentOf(reader, note, { what: "edit", text: body.text, on: true }));
  }
  return { text: undefined, heard: undefined, unsent };
}

function editIn(reader: Reader, { entry, kind }: Note): { text: string } | HeardEdit | undefined {
  const schema = kind === KIND.heardEdit ? heardEditSchema : editSchema;
  return schema.safeParse(reader.body(entry)).data;
}

function shownReactions(reader: Reader, notes: readonly Note[], carried: boolean) {
  const totals = new Map<string, { emoji: string; count: number; self: boolean }>();
  const unsent: Unsent[] = [];
  const decided = new Set<string>();
  /** People of whose reactions a whole has been seen: what is older does not count. */
  const whole = new Set<string>();
  const count = (emoji: string, self: boolean) => {
    const total = totals.get(emoji) ?? { emoji, count: 0, self: false };
    totals.set(emoji, { emoji, count: total.count + 1, self: total.self || self });
  };
  for (const note of notes) {
    if (note.kind === KIND.heardReactions) {
      const heard = heardReactionsSchema.safeParse(reader.body(note.entry)).data;
      const person = heard && (heard.from.self ? toHex(note.author) : heard.from.id);
      if (!heard || person === undefined || whole.has(person)) continue;
      whole.add(person);
      for (const emoji of new Set(heard.set)) if (!decided.has(`${person} ${emoji}`)) count(emoji, heard.from.self);
      continue;
    }
    if (whole.has(toHex(note.author))) continue;
    const body = reactionSchema.safeParse(reader.body(note.entry)).data;
    const key = body && `${toHex(note.author)} ${body.emoji}`;
    if (!body || key === undefined || decided.has(key)) continue;
    if (!counts(note, carried)) {
      if (!unsent.some(({ text }) => text === body.emoji))
        unsent.push(...unsentOf(reader, note, { what: "reaction", text: body.emoji, on: body.on }));
      continue;
    }
    decided.add(key);
    if (body.on) count(body.emoji, sameBytes(note.author, reader.account.account));
  }
  const reactions = [...totals.values()].sort((a, b) => b.count - a.count || (a.emoji < b.emoji ? -1 : 1)).slice(0, MOST_SHOWN);
  return { reactions, unsent };
}

function counts({ state, kind }: Note, carried: boolean): boolean {
  return !carried || kind === KIND.heardEdit || state === STATE_NUMBER.sent;
}

function unsentOf(reader: Reader, note: Note, said: Pick<Unsent, "what" | "text" | "on">): Unsent[] {
  const entry = reader.entry(note.entry);
  if (!entry) return [];
  const { state, reason } = deliveryOf(reader, entry);
  return [{ id: messageText(entry), ...said, state, ...(reason === undefined ? {} : { reason }) }];
}

/** What a message said, oldest first; of edits that did not reach a network, nothing. */
export function versionsOf(reader: Reader, message: StoredEntry): { text: string; ts: number }[] {
  const { first, author } = firstOf(reader, message);
  if (!first) return [];
  const carried = reader.conversation(message.conversationRow)?.founding.kind === "bridge";
  const edits = notesAbout(reader, message, { edits: MOST_EDITS, reactions: 0 }, author).edits.flatMap((note) => {
    const body = editIn(reader, note);
    const ts = reader.entry(note.entry)?.hlc.ms;
    return body && ts !== undefined && counts(note, carried) ? [{ text: body.text, ts }] : [];
  });
  return [{ text: first.text, ts: first.ts }, ...edits.reverse()];
}

function firstOf(reader: Reader, message: StoredEntry): { first: { text: string; ts: number } | undefined; author: Uint8Array } {
  const body = reader.body(message.row);
  const heard = message.kind === KIND.bridged ? bridgedSchema.safeParse(body).data : undefined;
  const own = message.kind === KIND.text ? textSchema.safeParse(body).data : undefined;
  const author = personOf(reader, message, heard?.from ?? { self: true });
  return { first: heard ?? (own && { text: own.text, ts: message.hlc.ms }), author };
}
