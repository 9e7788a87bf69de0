import { deriveLabel, type SecurityFacts } from "../../security-labels/index.ts";
import type { Writer } from "../../sync/core.ts";
import type { Command, MsgId, MsgRef } from "../contract/index.ts";
import type { BridgeStore } from "./bridge-store.ts";
import type { InboxAccount } from "./inbox.ts";
import type { PartEvent } from "./outbox-decisions.ts";
import type { Outbox } from "./outbox.ts";
import { partsOf } from "./outbox-table.ts";
import { factsOfSent } from "./travel-facts.ts";

/** A part that the plugin has, or may have. `conversation` is a row of `bridge_conversation`. */
export interface Handed {
  entry: number;
  part: number;
  conversation: number;
  command: Command;
}

/** What the plugin says of a message that the network has. */
export interface Receipt {
  refs: MsgRef[];
  aliases?: MsgId[] | undefined;
  ts?: number | undefined;
  sec?: SecurityFacts | undefined;
}

export interface AcknowledgementDeps {
  store: BridgeStore;
  outbox: Outbox;
  account: InboxAccount;
}

/** The network has it: how it travelled follows from what was measured when it was handed over. */
export function acknowledge(
  { store, outbox, account }: AcknowledgementDeps,
  writer: Writer,
  { entry, part, conversation }: Handed,
  receipt: Receipt,
): void {
  const { refs, aliases = [], ts, sec } = receipt;
  const handedOver = partsOf(writer, entry)[part]?.facts;
  const facts = handedOver && factsOfSent(handedOver, sec);
  const label = facts && deriveLabel(facts, account.ceiling, account.origin);
  const event: PartEvent = { event: "acked", refs: refs.map(({ id }) => id), ts, facts, label };
  outbox.apply(writer, entry, part, event);
  for (const id of [...refs.map((ref) => ref.id), ...aliases]) store.refs.note(writer, conversation, id, entry, part);
}
