import { KIND } from "../../sync/content/kinds.ts";
import { textSchema } from "../../sync/content/text.ts";
import type { Reader } from "../../sync/core.ts";
import type { ConvRecord } from "./conversation-table.ts";
import { readNote } from "./notes.ts";
import { replyPrefix } from "./replies.ts";

export interface OutgoingText {
  text: string;
  /** Undefined where it is no text for the network to cut, such as a reaction. */
  style: "text" | "action" | "notice" | undefined;
  /** It cannot go out in several parts. */
  whole: boolean;
}

/** What an own entry has to say to the network; undefined where that was deleted. */
export function outgoingOf(reader: Reader, row: number, conversation: ConvRecord): OutgoingText | undefined {
  const entry = reader.entry(row);
  const body = entry && reader.body(row);
  if (!entry || body === undefined) return undefined;
  if (entry.kind === KIND.text) {
    const text = textSchema.safeParse(body).data;
    return text && { text: replyPrefix(reader, entry, text, conversation) + text.text, style: text.style, whole: false };
  }
  const note = readNote(entry.kind, body);
  return note && { text: note.text, style: note.kind === "edit" ? "text" : undefined, whole: true };
}
