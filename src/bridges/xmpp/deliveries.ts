import type { SecurityFacts } from "../../security-labels/index.ts";
import type { ConvId, MsgId, MsgRef, SendResult, TxnId } from "../contract/index.ts";
import { BridgeError, type Journal } from "../kit/index.ts";
import type { Element } from "./xml.ts";
import { byArchive, bySender, byWire, messageName } from "./xep-0359-stanza-ids.ts";

/**
 * How we learn that a stanza was taken. `server`: it counts it (XEP-0198), or answers what was asked behind it. `room`: the
 * room sends it to everybody, us too.
 */
export type Proof = "server" | "room";

export interface Outgoing {
  txn: TxnId;
  conv: ConvId;
  stanza: Element;
  proof: Proof;
}

export interface DeliveriesContext {
  journal: Journal;
  facts: SecurityFacts;
  /** For the acknowledgement, in milliseconds. */
  deadlineMs: number;
  /** False where the connection is gone. `taken` is called when the server has the stanza, if that was to be found out. */
  write: (stanza: Element, taken?: () => void) => boolean;
}

interface Pending {
  outgoing: Outgoing;
  settle: PromiseWithResolvers<SendResult>;
  timer: NodeJS.Timeout | undefined;
  late: boolean;
}

const MAX_LATE = 1_000;

/** What a message of ours is called on the network: by the archive where it is known, and by us. */
export function namesOf({ conv, txn }: { conv: ConvId; txn: TxnId }, archiveId: string | undefined): { refs: MsgRef[]; aliases: MsgId[] } {
  const archive = archiveId === undefined ? [] : [byArchive(archiveId), bySender("self", archiveId)];
  return { refs: [{ conv, id: messageName(archiveId, txn) }], aliases: [byWire(txn), bySender("self", txn), ...archive] };
}

/** The messages of one connection that wait to be acknowledged. */
export class Deliveries {
  readonly #context: DeliveriesContext;
  readonly #pending = new Map<TxnId, Pending>();

  constructor(context: DeliveriesContext) {
    this.#context = context;
  }

  /** Rejects with a `BridgeError`: `sent: "no"` where it was refused, else `maybe`. */
  async deliver(outgoing: Outgoing, signal: AbortSignal): Promise<SendResult> {
    const { journal, deadlineMs, write } = this.#context;
    if (signal.aborted) throw new BridgeError({ code: "offline", sent: "no", message: "It was called off.", action: "none" });
    const pending: Pending = { outgoing, settle: Promise.withResolvers<SendResult>(), timer: undefined, late: false };
    const giveUp = () => this.#giveUp(pending);
    this.#pending.set(outgoing.txn, pending);
    journal.written(outgoing.txn);
    const taken = outgoing.proof === "server" ? () => void this.acknowledge(outgoing.txn, undefined) : undefined;
    pending.timer = setTimeout(giveUp, deadlineMs);
    signal.addEventListener("abort", giveUp, { once: true });
    if (!write(outgoing.stanza, taken)) this.#end(pending).reject(inDoubt("The connection broke while the message was being written."));
    return pending.settle.promise.finally(() => signal.removeEventListener("abort", giveUp));
  }

  isWaiting(txn: TxnId | undefined): boolean {
    return txn !== undefined && this.#pending.has(txn);
  }

  /** The network has it. False where nobody waits for it any more: it has to be told as an event. */
  acknowledge(txn: TxnId, archiveId: string | undefined): boolean {
    const pending = this.#pending.get(txn);
    if (!pending) return false;
    const { journal, facts } = this.#context;
    const { refs, aliases } = namesOf(pending.outgoing, archiveId);
    journal.acked(txn, refs, facts, aliases);
    this.#end(pending).resolve({ state: "acked", refs, aliases, sec: facts });
    return !pending.late;
  }

  /** The network refused it. False where nobody waits for it any more. */
  refuse(txn: TxnId, error: BridgeError): boolean {
    const pending = this.#pending.get(txn);
    if (!pending) return false;
    this.#end(pending).reject(error);
    return !pending.late;
  }

  /** The connection is gone: what was written is in doubt. */
  close(): void {
    for (const pending of [...this.#pending.values()]) {
      this.#end(pending).reject(inDoubt("The connection broke before the message was confirmed."));
    }
  }

  #giveUp(pending: Pending): void {
    if (pending.late || this.#pending.get(pending.outgoing.txn) !== pending) return;
    pending.late = true;
    clearTimeout(pending.timer);
    pending.settle.reject(inDoubt("The message was not confirmed in time."));
    const late = [...this.#pending.values()].filter((other) => other.late);
    if (late.length > MAX_LATE && late[0]) this.#end(late[0]);
  }

  #end(pending: Pending): PromiseWithResolvers<SendResult> {
    clearTimeout(pending.timer);
    this.#pending.delete(pending.outgoing.txn);
    return pending.settle;
  }
}

function inDoubt(message: string): BridgeError {
  return new BridgeError({ code: "offline", sent: "maybe", message, action: "none" });
}
