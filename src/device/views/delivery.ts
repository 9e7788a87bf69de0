import type { MessageState } from "../../api/messages.ts";
import { type Delivery, deliverySchema } from "../../sync/content/bridged.ts";
import { KIND } from "../../sync/content/kinds.ts";
import type { Reader, StoredEntry } from "../../sync/core.ts";
import { ownState } from "./own-state.ts";
import { stateOfNumber } from "./states.ts";

/** What became of an own entry on its way to another network. */
export function deliveryOf(reader: Reader, entry: StoredEntry): { state: MessageState; reason?: string; delivery?: Delivery } {
  const row = reader.sql.get<{ delivery: number; state: number }>("select delivery, state from message_state where entry = ?", entry.row);
  if (!row) return { state: "queued" };
  const parsed = deliverySchema.safeParse(reader.body(row.delivery));
  // Its words may have been erased; what it came to was not.
  if (!parsed.success) return { state: stateOfNumber(row.state) };
  const { state, reason } = parsed.data;
  return reason === undefined ? { state, delivery: parsed.data } : { state, reason, delivery: parsed.data };
}

/** How far an own entry has come, among the own devices or to the network of its conversation. */
export function stateOfEntry(reader: Reader, entry: StoredEntry): MessageState {
  if (entry.kind === KIND.bridged) return "received";
  const bridged = reader.conversation(entry.conversationRow)?.founding.kind === "bridge";
  return bridged ? deliveryOf(reader, entry).state : ownState(reader, entry);
}
