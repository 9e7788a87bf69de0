import type { Reader } from "../core.ts";
import { mayHave } from "../membership.ts";

/**
 * J4: may this device have the blob of this file? Only while it may have an entry that names it; asked for every chunk, whatever
 * way the question came.
 */
export function mayHaveFile(reader: Reader, device: Uint8Array, file: number): boolean {
  const conversations = reader.sql.all<{ conversation: number }>("select distinct conversation from file_ref where file = ?", file);
  return conversations.some(({ conversation: row }) => {
    const conversation = reader.conversation(row);
    return conversation !== undefined && mayHave(reader.account, device, conversation.founding);
  });
}
