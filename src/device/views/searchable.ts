import { z } from "zod";
import { KIND } from "../../sync/content/kinds.ts";
import type { Reader, StoredEntry } from "../../sync/core.ts";
import { personOf } from "./author.ts";
import { notesAbout } from "./notes.ts";
import { notesOf } from "./shown.ts";
import type { Searchable } from "../../sync/search/indexer.ts";

/** Kinds of entries that are found by what they say. */
export const SEARCHABLE_KINDS = [KIND.text, KIND.bridged] as const;

/** No more than it takes: every entry of the log passes here once. */
const textSchema = z.object({ text: z.string() });
const bridgedSchema = z.object({ text: z.string(), from: z.object({ id: z.string(), name: z.string(), self: z.boolean() }) });

/** What an entry says now, and who says it. */
export function searchable(reader: Reader, entry: StoredEntry): Searchable | undefined {
  const body = reader.body(entry.row);
  if (entry.kind === KIND.text) {
    const parsed = textSchema.safeParse(body);
    if (!parsed.success) return undefined;
    // Few are edited, and what else was said about a message takes longer to find.
    const edited = notesAbout(reader, entry, { edits: 1, reactions: 0 }).edits.length > 0 ? notesOf(reader, entry).text : undefined;
    return { text: edited ?? parsed.data.text, authors: [] };
  }
  const line = bridgedSchema.safeParse(body).data;
  const author = line && personOf(reader, entry, line.from);
  const isEdited = author && notesAbout(reader, entry, { edits: 1, reactions: 0 }, author).edits.length > 0;
  const text = isEdited ? notesOf(reader, entry, author).text : undefined;
  return line && { text: text ?? line.text, authors: [line.from.name, line.from.id] };
}
