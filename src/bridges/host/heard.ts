import { type Bridged, bridgedSchema } from "../../sync/content/bridged.ts";
import { MAX_HEARD_REACTIONS } from "../../sync/content/heard.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { reactionText } from "../../sync/content/notes.ts";
import type { Reader, StoredEntry } from "../../sync/core.ts";
import type { ConvRecord } from "./conversation-table.ts";

/** Whether who speaks on the network may change what the entry says: nobody but the one who said it. */
export function mayChange(reader: Reader, message: StoredEntry, person: Bridged["from"]): boolean {
  if (message.kind === KIND.text) return person.self;
  const said = bridgedSchema.safeParse(reader.body(message.row)).data?.from;
  return said !== undefined && (said.self ? person.self : !person.self && said.id === person.id);
}

/** Likewise for a deletion: in a room also those who keep order there, if the room itself says that it was one of them. */
export function mayDelete(
  reader: Reader,
  message: StoredEntry,
  person: Bridged["from"],
  { caps }: ConvRecord,
  byModerator: boolean,
): boolean {
  if (byModerator && caps !== undefined && caps.kind !== "direct") return true;
  return mayChange(reader, message, person);
}

/** What of a set can be shown. */
export function fitReactions(set: readonly string[]): string[] {
  const fit = set.map((text) => text.normalize("NFC")).filter((text) => reactionText.safeParse(text).success);
  return [...new Set(fit)].slice(0, MAX_HEARD_REACTIONS);
}
