import type { Reader, StoredEntry } from "../../sync/core.ts";
import { utf8 } from "../../sync/encoding/bytes.ts";

/** Who it is stands only in the entry, which is sealed. That it may change the message has been checked by the host of the bridge. */
const SOMEBODY = utf8("network");

/** The account of the one who wrote an entry, 32 bytes. All conversations so far belong to the devices of one account. */
export function authorOf(reader: Reader, entry: StoredEntry): Uint8Array {
  return reader.conversation(entry.conversationRow)?.founding.account ?? reader.account.account;
}

/** A person of a network, as the author of what is said about messages; the own words are the account's wherever they were said. */
export function personOf(reader: Reader, entry: StoredEntry, { self }: { self: boolean }): Uint8Array {
  return self ? authorOf(reader, entry) : SOMEBODY;
}
