import { deliverySchema } from "../content/bridged.ts";
import { KIND } from "../content/kinds.ts";
import { heardEditSchema } from "../content/heard.ts";
import { editSchema } from "../content/notes.ts";
import type { EntryRef } from "../content/text.ts";
import type { Projection, StoredEntry, Writer } from "../core.ts";
import type { Cbor } from "../encoding/cbor.ts";
import { SEARCH_MIGRATIONS } from "./schema.ts";
import { WordIndex } from "./word-index.ts";

/** Takes out of the index what is erased (E2), and has looked at again what was edited. What comes in waits for the indexer, so that taking entries in stays quick. */
export const searchProjection: Projection = {
  name: "search",
  migrations: SEARCH_MIGRATIONS,
  kinds: new Set([KIND.edit, KIND.heardEdit, KIND.delivery]),
  integrated(writer, entry, body) {
    const message = editedMessage(writer, entry, body);
    if (message) writer.sql.run("insert or ignore into search_again (entry) values (?)", message.row);
  },
  erased(writer, entry) {
    writer.sql.run("delete from search_again where entry = ?", entry.row);
    if (new WordIndex(writer.sql).remove(entry.row)) markForPurge(writer);
  },
  conversationErased(writer, conversation) {
    if (new WordIndex(writer.sql).removeErased(conversation)) markForPurge(writer);
  },
};

/** Whose text may be another one now: what is edited, also where the edit counts once it was delivered. */
function editedMessage(writer: Writer, entry: StoredEntry, body: Cbor | undefined): StoredEntry | undefined {
  if (entry.kind === KIND.edit) return referred(writer, entry, editSchema.safeParse(body).data?.target);
  if (entry.kind === KIND.heardEdit) return referred(writer, entry, heardEditSchema.safeParse(body).data?.target);
  if (entry.kind !== KIND.delivery) return undefined;
  const about = referred(writer, entry, deliverySchema.safeParse(body).data?.target);
  return about?.kind === KIND.edit ? editedMessage(writer, about, writer.body(about.row)) : undefined;
}

function referred(writer: Writer, { conversation }: StoredEntry, ref: EntryRef | undefined): StoredEntry | undefined {
  return ref && writer.entryAt({ conversation, feed: ref.feed, incarnation: ref.inc, seq: ref.seq });
}

/** Its word hashes still stand in the file, and go with the next purge. */
export function markForPurge(writer: Writer): void {
  writer.sql.run("update search_state set purge = purge + 1");
}
