import type { Reader, Writer } from "../../sync/core.ts";
import { HomeportError } from "../../sync/errors.ts";
import { accountByRow } from "./account-table.ts";
import { convByRow } from "./conversation-table.ts";
import type { Outbox } from "./outbox.ts";
import { DOUBT } from "./outbox-decisions.ts";
import { entriesIn, entriesUnderWay, messageOf, messagesIn, type OutboxMessage, partsOf } from "./outbox-table.ts";

/** What is in doubt, as `outbox` shows it. */
export interface OutboxRow {
  /** Row of the entry in the core. */
  id: number;
  /** Row of the conversation in the core. */
  conversation: number;
  state: OutboxMessage["state"];
  reason: string;
  /** Milliseconds since 1970. */
  since: number;
}

/** Oldest first. */
export function listInDoubt(reader: Reader): OutboxRow[] {
  return messagesIn(reader, "in-doubt").flatMap(({ entry, state, reason, since }) => {
    const conversation = reader.entry(entry)?.conversationRow;
    // E2: what is deleted is not asked about any more.
    const deleted = partsOf(reader, entry).some(({ textHash }) => textHash !== undefined);
    return conversation === undefined || deleted ? [] : [{ id: entry, conversation, state, reason: reason ?? "", since }];
  });
}

/** Throws `HomeportError`: `not-found`, `not-in-doubt`, `closed`. */
export function resendMessage(writer: Writer, outbox: Outbox, entry: number): void {
  const message = known(writer, entry);
  if (message.state !== "in-doubt" && message.state !== "failed") throw notInDoubt();
  const isOpen = convByRow(writer, message.conversation)?.standing === "open";
  if (!isOpen || accountByRow(writer, message.account)?.removed)
    throw new HomeportError("closed", "Its conversation is closed. Open it again first.");
  outbox.applyToAll(writer, entry, { event: "resend" });
}

/** Throws `HomeportError`: `not-found`, `not-in-doubt`. */
export function settleMessage(writer: Writer, outbox: Outbox, entry: number): void {
  if (known(writer, entry).state !== "in-doubt") throw notInDoubt();
  outbox.applyToAll(writer, entry, { event: "settle" });
}

/** What was under way when this node ended, however it ended. */
export function recoverOutbox(writer: Writer, outbox: Outbox): void {
  loseAll(writer, outbox, entriesUnderWay(writer));
}

/** What the device that ran the account before had not sent, or not heard of again: the person decides about each. */
export function doubtOutbox(writer: Writer, outbox: Outbox, account: number): void {
  loseAll(writer, outbox, entriesUnderWay(writer, account));
  for (const entry of entriesIn(writer, account, "queued")) outbox.applyToAll(writer, entry, { event: "expire", reason: DOUBT.moved });
}

function loseAll(writer: Writer, outbox: Outbox, entries: readonly number[]): void {
  for (const entry of entries) {
    partsOf(writer, entry).forEach((_, index) => outbox.apply(writer, entry, index, { event: "lost", reason: DOUBT.restart }));
  }
}

function known(writer: Writer, entry: number): OutboxMessage {
  const message = messageOf(writer, entry);
  if (!message) throw new HomeportError("not-found", "There is no such message to a network on this device.");
  return message;
}

function notInDoubt(): HomeportError {
  return new HomeportError("not-in-doubt", "That message is not in doubt: there is nothing to decide.");
}
