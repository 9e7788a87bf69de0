import type { Projection, Writer } from "../core.ts";
import { SEARCH_MIGRATIONS } from "./schema.ts";
import { WordIndex } from "./word-index.ts";

/** Takes out of the index what is erased (E2). What comes in waits for the indexer, so that taking entries in stays quick. */
export const searchProjection: Projection = {
  name: "search",
  migrations: SEARCH_MIGRATIONS,
  erased(writer, entry) {
    writer.sql.run("delete from search_again where entry = ?", entry.row);
    if (new WordIndex(writer.sql).remove(entry.row)) markForPurge(writer);
  },
  conversationErased(writer, conversation) {
    if (new WordIndex(writer.sql).removeConversation(conversation)) markForPurge(writer);
  },
};

/** Its word hashes still stand in the file, and go with the next purge. */
export function markForPurge(writer: Writer): void {
  writer.sql.run("update search_state set purge = purge + 1");
}
