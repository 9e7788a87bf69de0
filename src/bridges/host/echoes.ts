import { KIND } from "../../sync/content/kinds.ts";
import type { Writer } from "../../sync/core.ts";
import { deriveLabel, type SecurityFacts } from "../../security-labels/index.ts";
import type { Inbound, TxnId } from "../contract/index.ts";
import type { ConvRecord } from "./conversation-table.ts";
import type { InboxAccount } from "./inbox.ts";
import { hashOfText, type Outbox } from "./outbox.ts";
import { isDoubtful } from "./outbox-decisions.ts";
import { entriesOfConversation, findByTxn, partsOf, type StoredPart } from "./outbox-table.ts";
import { factsOfEvent, factsOfSent } from "./travel-facts.ts";

type Message = Extract<Inbound, { kind: "message" }>;
type SendError = Extract<Inbound, { kind: "sendError" }>;

/** The network's clock may be so far behind ours. */
const SKEW_MS = 10_000;

/** Finds out which of the own messages an event is about, and tells the outbox. */
export class EchoMatcher {
  readonly #outbox: Outbox;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** The entry that the message is already; undefined where it is none of ours. `isAgain`: the event came in before. */
  match(
    writer: Writer,
    account: InboxAccount,
    conversation: ConvRecord,
    event: Message,
    isAgain: boolean,
  ): { entry: number; part: number } | undefined {
    const byTxn = event.txn === undefined ? undefined : findByTxn(writer, account.record.row, event.txn);
    const found = byTxn ?? (isAgain || event.from !== "self" ? undefined : inDoubt(writer, conversation, event));
    if (found) this.#acknowledge(writer, account, event, found);
    return found;
  }

  /** Whether the event is an edit, deletion or reaction of ours, come back: then it is acknowledged. */
  isOwn(writer: Writer, account: InboxAccount, event: { txn?: TxnId | undefined; key: string; ts: number; sec: SecurityFacts }): boolean {
    const found = event.txn === undefined ? undefined : findByTxn(writer, account.record.row, event.txn);
    if (found) this.#acknowledge(writer, account, { ...event, id: event.key }, found);
    return found !== undefined;
  }

  /** Returns the row of the entry that was refused. */
  refused(writer: Writer, account: InboxAccount, { txn, error }: SendError): number | null {
    const found = findByTxn(writer, account.record.row, txn);
    if (!found) return null;
    const event = { event: "refused", error: { ...error, message: account.redact(error.message) } } as const;
    this.#outbox.apply(writer, found.entry, found.part, event);
    return found.entry;
  }

  #acknowledge(
    writer: Writer,
    account: InboxAccount,
    event: Pick<Message, "id" | "ts" | "sec">,
    found: { entry: number; part: number },
  ): void {
    const handedOver = partsOf(writer, found.entry)[found.part]?.facts;
    const facts = handedOver ? factsOfSent(handedOver, event.sec) : factsOfEvent(event.sec, true);
    const label = deriveLabel(facts, account.ceiling, account.origin);
    this.#outbox.apply(writer, found.entry, found.part, { event: "acked", refs: [event.id], ts: event.ts, facts, label });
  }
}

/**
 * An own message without a transaction may be one that we are in doubt about, heard again in the history: the same text, not
 * before it was handed over. The oldest such one is meant, so that two alike are acknowledged one after the other.
 */
function inDoubt(writer: Writer, conversation: ConvRecord, event: Message): { entry: number; part: number } | undefined {
  for (const entry of entriesOfConversation(writer, conversation.row, "in-doubt")) {
    // Edits and reactions do not come back as messages.
    if (writer.entry(entry)?.kind !== KIND.text) continue;
    const part = partsOf(writer, entry).findIndex(
      (candidate) =>
        isDoubtful(candidate) &&
        isText(candidate, event.body.text) &&
        event.ts >= (candidate.claimedAt ?? Number.POSITIVE_INFINITY) - SKEW_MS,
    );
    if (part >= 0) return { entry, part };
  }
  return undefined;
}

function isText({ text, textHash, txn }: StoredPart, heard: string): boolean {
  return textHash === undefined ? text === heard : textHash === hashOfText(txn, heard);
}
