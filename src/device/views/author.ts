import type { Reader, StoredEntry } from "../../sync/core.ts";

/** The account of the one who wrote an entry, 32 bytes. All conversations so far belong to the devices of one account. */
export function authorOf(reader: Reader, entry: StoredEntry): Uint8Array {
  return reader.conversation(entry.conversationRow)?.founding.account ?? reader.account.account;
}
