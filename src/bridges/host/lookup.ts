import type { MsgRef, TxnId } from "../contract/index.ts";
import type { AccountRecord } from "./account-table.ts";
import type { BridgeStore } from "./bridge-store.ts";
import { convByRow } from "./conversation-table.ts";
import { findByTxn, messageOf, partsOf } from "./outbox-table.ts";
import type { LookupResult } from "./process/types.ts";

/** What the outbox knows of a transaction, or which transaction a message of the network is. */
export function lookup(store: BridgeStore, account: AccountRecord, query: { txn: TxnId } | { ref: MsgRef }): LookupResult | undefined {
  const { core } = store;
  const found = "txn" in query ? findByTxn(core, account.row, query.txn) : byRef(store, account, query.ref);
  const part = found && partsOf(core, found.entry)[found.part];
  const message = found && messageOf(core, found.entry);
  const conversation = message && convByRow(core, message.conversation);
  if (!part || !conversation) return undefined;
  return { txn: part.txn, refs: part.refs.map((id) => ({ conv: conversation.conv, id })) };
}

function byRef(store: BridgeStore, account: AccountRecord, { conv, id }: MsgRef): { entry: number; part: number } | undefined {
  const conversation = store.conversations.find(store.core, account, conv);
  const found = conversation && store.refs.entryOf(store.core, conversation.row, id);
  return found && found.part !== null ? { entry: found.entry, part: found.part } : undefined;
}
