import type { MessageState } from "../../api/messages.ts";
import type { Reader, StoredEntry } from "../../sync/core.ts";
import { sameBytes } from "../../sync/encoding/bytes.ts";

/** F5: how far an entry has come among the person's own devices, by what these said that they hold. */
export function ownState(reader: Reader, entry: StoredEntry): MessageState {
  const others = [...reader.account.devices.values()].filter(({ key, state }) => state === "admitted" && !sameBytes(key, entry.feed));
  if (others.length === 0) return "everywhere";
  const holders = others.filter(({ key }) => sameBytes(key, reader.self) || holds(reader, key, entry));
  if (holders.length === others.length) return "everywhere";
  return holders.length > 0 ? "delivered" : "here";
}

function holds(reader: Reader, device: Uint8Array, entry: StoredEntry): boolean {
  const covered = reader.sql.get<{ yes: number }>(
    "select 1 as yes from entry e join peer_vector p on p.feed = e.feed and p.seq >= e.seq where e.row = ? and p.device = ?",
    entry.row,
    device,
  );
  return covered !== undefined;
}
