import type { IrcMessage } from "irc-framework";
import type { SecurityFacts, SecurityLabel } from "../../security-labels/index.ts";
import type { BridgeErrorData, ConvId, SendResult, TxnId } from "../contract/index.ts";
import { BridgeError, type Journal } from "../kit/index.ts";
import type { Batch } from "./batches.ts";
import { isEchoOf } from "./echo.ts";
import { lineId } from "./keys.ts";
import { idOfLine } from "./line-ids.ts";
import type { Pace } from "./pace.ts";
import { type HeardMessage, heardMessage } from "./read-message.ts";
import { type Incoming, isSelf, type Scene } from "./scene.ts";
import type { Style } from "./self.ts";
import { refusalOf } from "./send-errors.ts";
import { serverTime } from "./server-time.ts";

/**
 * How a server shows that it took a line. `label`: it answers to our label (labeled-response), with the message itself
 * where it has echo-message. `echo`: it repeats the message. `barrier`: it answers a PING that was sent behind the line.
 */
export type Proof = "label" | "echo" | "barrier";

function proofOf(capabilities: readonly string[], echoes: boolean): Proof {
  if (capabilities.includes("labeled-response")) return "label";
  return echoes && capabilities.includes("echo-message") ? "echo" : "barrier";
}

export interface Outgoing {
  txn: TxnId;
  conv: ConvId;
  /** As the network writes it. */
  target: string;
  /** What an echo is known by; undefined for a command that is not a message. */
  said: { style: Style; text: string } | undefined;
  /** Tags for other clients, as they are written: `+name=value`. */
  tags?: string | undefined;
  /** Without tags. */
  line: string;
  minLabel: SecurityLabel;
}

export interface DeliveriesContext {
  journal: Journal;
  pace: Pace;
  /** For the turn and, once written, for the acknowledgement. */
  turnMs: number;
  deadlineMs: number;
  nonce: string;
  facts: SecurityFacts;
  capabilities: () => readonly string[];
  /** False where the connection is gone. */
  write: (line: string) => boolean;
  /** Throws a `BridgeError` with `sent: "no"` for what forbids writing at this moment. */
  check: (outgoing: Outgoing) => void;
}

/** What a line of the server was: nothing of ours, an answer to us, or what became of a line that nobody waits for any more. */
export type Taken =
  | { is: "not-ours" | "answer" }
  | { is: "late-acknowledgement"; of: Outgoing; id: string }
  | { is: "late-refusal"; of: Outgoing; error: BridgeErrorData };

interface Pending {
  outgoing: Outgoing;
  proof: Proof;
  settle: PromiseWithResolvers<SendResult>;
  timer: NodeJS.Timeout | undefined;
  late: boolean;
}

const MAX_LATE = 1_000;
const MAX_RECENT = 200;
const NOT_OURS: Taken = { is: "not-ours" };
const ANSWER: Taken = { is: "answer" };

/** The lines of one connection that wait for their turn or for their acknowledgement. */
export class Deliveries {
  readonly #context: DeliveriesContext;
  readonly #closing = new AbortController();
  /** In the order in which they were written. */
  #pending: Pending[] = [];
  /** Ids of what was acknowledged just now: a line to oneself comes twice. */
  readonly #recent = new Set<string>();

  constructor(context: DeliveriesContext) {
    this.#context = context;
  }

  /** Rejects with a `BridgeError`: `sent: "no"` before the line was written, and where the server refused it; else `maybe`. */
  async deliver(outgoing: Outgoing, signal: AbortSignal): Promise<SendResult> {
    const { journal, pace, check } = this.#context;
    const stop = this.#turnSignal(outgoing.txn, signal);
    await pace.turn("message", stop).catch(() => Promise.reject(unsent()));
    try {
      if (stop.aborted) throw unsent();
      check(outgoing);
    } catch (error) {
      pace.settled();
      throw error;
    }
    journal.written(outgoing.txn);
    return this.#send(outgoing, signal);
  }

  /** Aborted when the line must not go out any more. Throws where its turn would come too late. */
  #turnSignal(txn: TxnId, signal: AbortSignal): AbortSignal {
    const { journal, pace, turnMs } = this.#context;
    const retryAfterMs = pace.waitMs();
    if (retryAfterMs > turnMs)
      throw new BridgeError({ code: "rate", sent: "no", message: "Too many messages wait for their turn.", retryAfterMs });
    const cancelled = new AbortController();
    journal.waiting(txn, () => cancelled.abort());
    return AbortSignal.any([signal, cancelled.signal, this.#closing.signal, AbortSignal.timeout(turnMs)]);
  }

  /** Whether an acknowledgement is waited for. */
  get isWaiting(): boolean {
    return this.#pending.some(({ late }) => !late);
  }

  /** Whether a line answers one of ours. To be asked before the line changes the scene. */
  take(incoming: Incoming, scene: Scene): Taken {
    const { message, batch } = incoming;
    const label = message.tags["label"] ?? batch?.label;
    if (label !== undefined) return this.#labelled(label, incoming, scene);
    if (message.command === "PONG") return this.#pong(message, incoming.number);
    if (isMessage(message) && isSelf(message.nick, scene) && !batch?.playback) return this.#ownMessage(incoming, scene);
    return this.#refused(message, scene);
  }

  /** The answer to a labelled line is complete. */
  answered(batch: Batch, number: number): Taken {
    const pending = batch.label === undefined || batch.parent?.label === batch.label ? undefined : this.#byLabel(batch.label);
    return pending ? this.#withoutEcho(pending, number) : NOT_OURS;
  }

  /** The connection is gone: what was written is in doubt. */
  close(): void {
    this.#closing.abort();
    for (const pending of this.#pending) {
      if (!pending.late) this.#end(pending).reject(inDoubt("offline", "The connection broke before the server had confirmed the message."));
    }
    this.#pending = [];
  }

  #send(outgoing: Outgoing, signal: AbortSignal): Promise<SendResult> {
    const proof = proofOf(this.#context.capabilities(), outgoing.said !== undefined);
    const settle = Promise.withResolvers<SendResult>();
    const pending: Pending = { outgoing, proof, settle, timer: undefined, late: false };
    // What comes for an earlier try of the same command now counts for this one.
    this.#pending = [...this.#pending.filter(({ late, outgoing: { txn } }) => !late || txn !== outgoing.txn), pending];
    if (!this.#write(outgoing, proof))
      this.#end(pending).reject(inDoubt("offline", "The connection broke while the message was being written."));
    const giveUp = () => this.#giveUp(pending);
    pending.timer = setTimeout(giveUp, this.#context.deadlineMs);
    signal.addEventListener("abort", giveUp, { once: true });
    return settle.promise.finally(() => signal.removeEventListener("abort", giveUp));
  }

  #write(outgoing: Outgoing, proof: Proof): boolean {
    const { write } = this.#context;
    if (proof === "label") return write(withTags(outgoing, `label=${outgoing.txn}`));
    return write(withTags(outgoing)) && (proof === "echo" || write(`PING ${outgoing.txn}`));
  }

  #giveUp(pending: Pending): void {
    if (pending.late || !this.#pending.includes(pending)) return;
    pending.late = true;
    clearTimeout(pending.timer);
    this.#context.pace.settled();
    pending.settle.reject(inDoubt("offline", "The server has not confirmed the message in time."));
    const late = this.#pending.filter((other) => other.late);
    if (late.length > MAX_LATE) this.#pending = this.#pending.filter((other) => other !== late[0]);
  }

  #labelled(label: string, incoming: Incoming, scene: Scene): Taken {
    const pending = this.#byLabel(label);
    const { message } = incoming;
    if (!pending) return message.command === "ACK" ? ANSWER : NOT_OURS;
    if (message.command === "ACK") return this.#withoutEcho(pending, incoming.number);
    const { said, target } = pending.outgoing;
    const own = isSelf(message.nick, scene);
    if (said && own && isMessage(message)) return this.#acknowledged(pending, incoming, scene);
    if (!said && own && pending.outgoing.line.startsWith(`${message.command} `)) {
      this.#acknowledged(pending, incoming, scene);
      return NOT_OURS;
    }
    const refusal = refusalOf(message, target);
    return refusal ? this.#refusedBy(pending, refusal.error) : NOT_OURS;
  }

  #pong({ params }: IrcMessage, number: number): Taken {
    const token = params.at(-1);
    const pending = this.#pending.find(({ proof, outgoing }) => proof === "barrier" && outgoing.txn === token);
    if (!pending) return NOT_OURS;
    return this.#acknowledge(pending, lineId(this.#context.nonce, number), undefined);
  }

  #ownMessage(incoming: Incoming, scene: Scene): Taken {
    const heard = heardMessage(incoming, scene);
    if (!heard) return NOT_OURS;
    if (heard.msgid !== undefined && this.#recent.has(heard.msgid)) return ANSWER;
    const pending = this.#pending.find(({ proof, outgoing }) => proof !== "label" && says(outgoing, heard));
    return pending ? this.#acknowledged(pending, incoming, scene) : NOT_OURS;
  }

  #refused(message: IrcMessage, scene: Scene): Taken {
    for (const pending of this.#pending) {
      if (pending.proof === "label") continue;
      const refusal = refusalOf(message, pending.outgoing.target);
      if (!refusal) return NOT_OURS;
      const named = refusal.target;
      if (named === undefined || scene.conversations.same(named, pending.outgoing.target)) return this.#refusedBy(pending, refusal.error);
      // Answers behind a barrier come in order: what is not about the first of them is about none.
      if (pending.proof === "barrier") return NOT_OURS;
    }
    return NOT_OURS;
  }

  #refusedBy(pending: Pending, error: BridgeError): Taken {
    const { late, outgoing } = pending;
    this.#end(pending).reject(error);
    return late ? { is: "late-refusal", of: outgoing, error: error.data } : ANSWER;
  }

  /** A message that nobody got to see was swallowed by some filter; a command without an answer was simply carried out. */
  #withoutEcho(pending: Pending, number: number): Taken {
    const { capabilities, nonce } = this.#context;
    if (!pending.outgoing.said || !capabilities().includes("echo-message"))
      return this.#acknowledge(pending, lineId(nonce, number), undefined);
    const words = "The server took the message but did not show it to the channel: a filter may have swallowed it.";
    return this.#refusedBy(pending, inDoubt("forbidden", words));
  }

  #acknowledged(pending: Pending, incoming: Incoming, scene: Scene): Taken {
    return this.#acknowledge(pending, idOfLine(incoming, scene, this.#context.nonce), serverTime(incoming.message));
  }

  #acknowledge(pending: Pending, id: string, ts: number | undefined): Taken {
    const { journal, facts } = this.#context;
    const { late, outgoing } = pending;
    const refs = outgoing.said ? [{ conv: outgoing.conv, id }] : [];
    journal.acked(outgoing.txn, refs, facts);
    this.#remember(id);
    this.#end(pending).resolve({ state: "acked", refs, sec: facts, ...(ts === undefined ? {} : { ts }) });
    return late && outgoing.said ? { is: "late-acknowledgement", of: outgoing, id } : ANSWER;
  }

  #remember(id: string): void {
    this.#recent.add(id);
    if (this.#recent.size > MAX_RECENT) this.#recent.delete(this.#recent.values().next().value ?? id);
  }

  #byLabel(label: string): Pending | undefined {
    return this.#pending.find(({ proof, outgoing }) => proof === "label" && outgoing.txn === label);
  }

  #end(pending: Pending): PromiseWithResolvers<SendResult> {
    clearTimeout(pending.timer);
    this.#pending = this.#pending.filter((other) => other !== pending);
    if (!pending.late) this.#context.pace.settled();
    return pending.settle;
  }
}

function withTags({ line, tags }: Outgoing, ...others: string[]): string {
  const all = tags === undefined ? others : [...others, tags];
  return all.length === 0 ? line : `@${all.join(";")} ${line}`;
}

function says({ conv, said }: Outgoing, heard: HeardMessage): boolean {
  return said !== undefined && isEchoOf(heard, { conv, ...said });
}

function isMessage({ command }: IrcMessage): boolean {
  return command === "PRIVMSG" || command === "NOTICE";
}

function unsent(): BridgeError {
  return new BridgeError({
    code: "offline",
    sent: "no",
    message: "The message was not sent: its turn did not come while there was a connection.",
  });
}

function inDoubt(code: "offline" | "forbidden", message: string): BridgeError {
  return new BridgeError({ code, sent: "maybe", message, action: "none" });
}
