import { createHash } from "node:crypto";
import type { Delivery } from "../../sync/content/bridged.ts";
import { KIND } from "../../sync/content/kinds.ts";
import type { EntryRef } from "../../sync/content/text.ts";
import type { EntryAddress, StoredEntry, Writer } from "../../sync/core.ts";
import { toHex } from "../../sync/encoding/bytes.ts";
import { Listeners } from "../../sync/listeners.ts";
import type { Random } from "../../sync/ports.ts";
import type { SecurityLabel } from "../../security-labels/index.ts";
import type { TxnId } from "../contract/index.ts";
import {
  afterStep,
  DELETED,
  isTooOld,
  isUndecided,
  type MessageState,
  messageState,
  type PartEvent,
  ROLLED_BACK,
  step,
  TOO_OLD,
} from "./outbox-decisions.ts";
import {
  deleteMessage,
  insertMessage,
  messageOf,
  type OutboxMessage,
  partsOf,
  saveParts,
  type StoredPart,
  updateMessage,
} from "./outbox-table.ts";
import { clip, MAX_SHORT, toCbor } from "./plain.ts";

const TXN_BYTES = 16;

/** What an entry of `KIND.delivery` says. */
type Told = Omit<Delivery, "target">;

export interface NewMessage {
  entry: StoredEntry;
  account: number;
  conversation: number;
  minLabel: SecurityLabel;
}

/**
 * Carries decisions about outgoing messages to the disk and tells all devices what they can see of them: what a message
 * comes to and the `KIND.delivery` entry about it are one commit.
 */
export class Outbox {
  /** After the commit: something of the account's outbox is different. */
  readonly changes = new Listeners<[account: number]>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** False where it is in the outbox already. */
  enqueue(writer: Writer, { entry, account, conversation, minLabel }: NewMessage): boolean {
    const message = {
      entry: entry.row,
      account,
      conversation,
      created: entry.hlc.ms,
      minLabel,
      state: "queued",
      since: writer.now(),
    } as const;
    const isNew = insertMessage(writer, message, [this.#newPart(undefined)]);
    if (isNew) this.#tell(writer, account);
    return isNew;
  }

  /** The text of each part, before the first is handed over. */
  split(writer: Writer, entry: number, texts: readonly string[]): void {
    const message = messageOf(writer, entry);
    const before = partsOf(writer, entry);
    const [whole] = before;
    if (!message || message.split || whole?.state !== "queued") return;
    const after = texts.map((text, index) => (index === 0 ? { ...whole, text } : this.#newPart(text)));
    this.#save(writer, { ...message, split: true }, before, after);
  }

  /** Returns the part as it is now; undefined where there is none. */
  apply(writer: Writer, entry: number, part: number, event: PartEvent): StoredPart | undefined {
    return this.#change(writer, entry, event, (_, index) => index === part)?.[part];
  }

  /** To each part that the event concerns. */
  applyToAll(writer: Writer, entry: number, event: PartEvent): void {
    this.#change(writer, entry, event, () => true);
  }

  /**
   * E2: the text of the message is deleted. What was not sent is not sent any more; of what nobody knows about, enough stays to
   * know it again, or the network's history would bring it back (R2).
   */
  erase(writer: Writer, entry: number): void {
    this.applyToAll(writer, entry, { event: "cancel", reason: DELETED });
    const message = messageOf(writer, entry);
    if (!message) return;
    const before = partsOf(writer, entry);
    if (!before.some(isUndecided)) {
      deleteMessage(writer, entry);
      return this.#tell(writer, message.account);
    }
    const after = before.map(({ text, ...part }) => (text === undefined ? part : { ...part, textHash: hashOfText(part.txn, text) }));
    this.#write(writer, message, before, after);
  }

  /** B5: the log says of a message what this database does not know of any more, as it was rolled back. */
  adopt(writer: Writer, entry: number, told: Told): void {
    const { state } = told;
    const message = messageOf(writer, entry);
    const before = partsOf(writer, entry);
    const gaveUp = state === "sent" && message?.state === "in-doubt" && message.reason === ROLLED_BACK;
    if (!message || (message.state !== "queued" && !gaveUp) || state === "queued" || before.some((part) => part.attempt > 0)) return;
    const reason = told.reason ?? "This database is older than what became of the message.";
    const known = { maybe: state === "in-doubt", reason: state === "sent" ? undefined : reason };
    const after = before.map((part) => ({ ...part, ...known, state: state === "sent" ? ("acked" as const) : state }));
    this.#write(writer, { ...message, state, reason: known.reason, since: writer.now() }, before, after);
    // What was said in between is newer than what was true all the time.
    if (gaveUp) this.#publish(writer, entry, told);
  }

  #change(
    writer: Writer,
    entry: number,
    event: PartEvent,
    concerns: (part: StoredPart, index: number) => boolean,
  ): StoredPart[] | undefined {
    const message = messageOf(writer, entry);
    if (!message) return undefined;
    const before = partsOf(writer, entry);
    const stepped = before.map((part, index) => (concerns(part, index) ? (step(part, event) as StoredPart) : part));
    if (stepped.every((part, index) => part === before[index])) return before;
    const created = event.event === "resend" ? writer.now() : message.created;
    return this.#save(writer, { ...message, created }, before, afterStep(stepped) as StoredPart[]);
  }

  #save(writer: Writer, message: OutboxMessage, before: readonly StoredPart[], after: StoredPart[]): StoredPart[] {
    // O6: out of doubt after so long, the rest does not go on by itself.
    const late = message.state === "in-doubt" && isTooOld(message.created, writer.now());
    const parts = after.map((part) => cancelDeleted(late ? expire(part) : part));
    const { reason: told, ...state } = messageState(parts);
    const reason = told === undefined ? undefined : clip(told, MAX_SHORT);
    const isNews = state.state !== message.state || reason !== message.reason;
    this.#write(writer, { ...message, reason, state: state.state, since: isNews ? writer.now() : message.since }, before, parts);
    if (isNews) this.#publish(writer, message.entry, { ...state, reason });
    return parts;
  }

  #write(writer: Writer, message: OutboxMessage, before: readonly StoredPart[], after: readonly StoredPart[]): void {
    saveParts(writer, message.entry, before, after);
    updateMessage(writer, message, after);
    this.#tell(writer, message.account);
  }

  #publish(writer: Writer, row: number, state: MessageState | Told): void {
    const entry = writer.entry(row);
    if (entry) writer.append(entry.conversationRow, KIND.delivery, toCbor({ target: refOf(entry), ...state }));
  }

  #tell(writer: Writer, account: number): void {
    writer.afterCommit(() => this.changes.tell(account));
  }

  #newPart(text: string | undefined): StoredPart {
    return { txn: mintTxn(this.#random), state: "queued", maybe: false, attempt: 0, refs: [], text };
  }
}

export function refOf({ feed, incarnation, seq }: EntryAddress): EntryRef {
  return { feed, inc: incarnation, seq };
}

function expire(part: StoredPart): StoredPart {
  return step(part, { event: "expire", reason: TOO_OLD }) as StoredPart;
}

function cancelDeleted(part: StoredPart): StoredPart {
  return part.textHash === undefined ? part : (step(part, { event: "cancel", reason: DELETED }) as StoredPart);
}

/** Salted with the part's own random name, so that it says nothing of another one. */
export function hashOfText(txn: TxnId, text: string): string {
  return createHash("sha256")
    .update(JSON.stringify([txn, text]))
    .digest("base64url");
}

export function mintTxn(random: Random): TxnId {
  return Buffer.from(toHex(random.bytes(TXN_BYTES)), "hex").toString("base64url");
}
