import type { EntryRef } from "../../sync/content/text.ts";
import type { Reader, StoredEntry } from "../../sync/core.ts";

/** The entry of the same conversation that a body refers to; undefined where it is not here. */
export function referred(reader: Reader, entry: StoredEntry, ref: EntryRef): StoredEntry | undefined {
  return reader.entryAt({ conversation: entry.conversation, feed: ref.feed, incarnation: ref.inc, seq: ref.seq });
}

export function refOf({ feed, incarnation, seq }: Pick<StoredEntry, "feed" | "incarnation" | "seq">): EntryRef {
  return { feed, inc: incarnation, seq };
}
