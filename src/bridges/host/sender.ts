import { mayTravel } from "../../security-labels/index.ts";
import type { Writer } from "../../sync/core.ts";
import type { Clock } from "../../sync/ports.ts";
import type { Repetition } from "../../sync/store/rollback.ts";
import { backoffMs } from "../kit/backoff.ts";
import { toBridgeError } from "../kit/bridge-error.ts";
import type { BridgeErrorData, SendResult } from "../contract/index.ts";
import type { AccountProcess, BridgeLog } from "./account-process.ts";
import { acknowledge, type Handed } from "./acknowledgement.ts";
import type { BridgeStore } from "./bridge-store.ts";
import { convByRow } from "./conversation-table.ts";
import { DurableWrites } from "./durable-writes.ts";
import type { InboxAccount } from "./inbox.ts";
import type { Outbox } from "./outbox.ts";
import { DOUBT, isTooOld, isWorthATry, nextPart, type PartEvent, ROLLED_BACK, TOO_OLD } from "./outbox-decisions.ts";
import { entriesIn, entriesUnderWay, messageOf, messagesInTurn, type OutboxMessage, partsOf } from "./outbox-table.ts";
import { Reconciler } from "./reconciler.ts";
import { outgoingOf } from "./outgoing.ts";
import { commandOf, TEXT_DELETED } from "./send-command.ts";
import { Timers } from "./timers.ts";
import { factsBeforeSending } from "./travel-facts.ts";

export interface SenderDeps {
  store: BridgeStore;
  outbox: Outbox;
  clock: Clock;
  /** In [0, 1). */
  chance: () => number;
  account: InboxAccount;
  process: Pick<AccountProcess, "state" | "execute" | "reconcile" | "split">;
  log: BridgeLog;
}

/** Calls of `execute` under way for one account. */
const MAX_IN_FLIGHT = 8;
const MAX_PARTS = 50;
/** An accepted message is confirmed within this time, or is in doubt. */
const CONFIRM_MS = 60_000;
/** What a failing disk or a bug of ours costs before the next try. */
const RETRY_MS = 1_000;
const MAX_WAIT_MS = 10 * 60_000;

/** What came of handing a part over. */
type Outcome = Extract<SendResult, { state: "acked" }> | { state: "accepted" } | { state: "refused"; error: BridgeErrorData };

/** Hands one account's outgoing messages to its plugin, as `outbox-decisions.ts` says, and keeps what comes of it. */
export class Sender {
  readonly #deps: SenderDeps;
  readonly #timers: Timers;
  readonly #writes: DurableWrites;
  readonly #reconciler: Reconciler;
  /** By conversation (row of `bridge_conversation`): what is going on for it outside of the database. */
  readonly #working = new Map<number, Promise<void>>();
  /** By entry: before this time it is not its turn. */
  readonly #notBefore = new Map<number, number>();
  readonly #abort = new AbortController();
  #online = false;
  /** Online, and what was in doubt has been asked for. */
  #ready = false;
  /** Counts connections. */
  #epoch = 0;
  #pausing = false;
  /** When `wake` is due. */
  #alarm: number | undefined;

  constructor(deps: SenderDeps) {
    this.#deps = deps;
    this.#timers = new Timers(deps.clock);
    const failed = (what: string, error: unknown) => this.#failed(what, error);
    this.#writes = new DurableWrites({ store: deps.store, timers: this.#timers, failed, isOver: () => this.#abort.signal.aborted });
    this.#reconciler = new Reconciler({ ...deps, writes: this.#writes, failed });
  }

  /** The account is connected (again): first what is in doubt is asked for, then sending goes on. */
  online(): void {
    if (this.#online || this.#abort.signal.aborted) return;
    this.#online = true;
    this.#epoch += 1;
    this.#notBefore.clear();
    void this.#prepare(this.#epoch);
  }

  /** The connection is gone; what was only accepted will not be confirmed over it. */
  offline(): void {
    if (!this.#online) return;
    this.#online = false;
    this.#ready = false;
    void this.#writes.write((writer) => this.#lose(writer, DOUBT.offline, "accepted"));
  }

  /** The child is dead. */
  died(): void {
    this.#online = false;
    this.#ready = false;
    void this.#writes.write((writer) => this.#lose(writer, DOUBT.exit, "any"));
  }

  /** There may be something to send. */
  wake(): void {
    if (!this.#ready || this.#pausing) return;
    try {
      this.#begin();
    } catch (error) {
      this.#failed("the outbox could not be read", error);
      this.#wakeIn(RETRY_MS);
    }
  }

  /** Begins nothing more; resolves when what is under way is done, or after `ms` milliseconds. */
  async pause(ms: number): Promise<void> {
    this.#pausing = true;
    await Promise.race([this.#idle(), this.#timers.sleep(ms)]);
  }

  /** Calls off what is under way, and does nothing any more. */
  stop(): void {
    this.#pausing = true;
    this.#online = false;
    this.#ready = false;
    this.#abort.abort();
    this.#timers.clear();
  }

  async #idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working.values());
  }

  async #prepare(epoch: number): Promise<void> {
    await this.#writes.write((writer) => this.#expireOld(writer));
    await this.#reconciler.run(() => this.#online);
    if (epoch !== this.#epoch || !this.#online) return;
    this.#ready = true;
    this.wake();
  }

  /** O6. */
  #expireOld(writer: Writer): void {
    const { outbox, account } = this.#deps;
    for (const entry of entriesIn(writer, account.record.row, "queued")) {
      const message = messageOf(writer, entry);
      if (message && isTooOld(message.created, writer.now())) outbox.applyToAll(writer, entry, { event: "expire", reason: TOO_OLD });
    }
  }

  #begin(): void {
    const { store, account, clock } = this.#deps;
    for (const { entry, conversation } of messagesInTurn(store.core, account.record.row)) {
      if (this.#working.size >= MAX_IN_FLIGHT) return;
      if (this.#working.has(conversation)) continue;
      const wait = (this.#notBefore.get(entry) ?? 0) - clock.now();
      if (wait > 0) this.#wakeIn(wait);
      else if (this.#repeats(entry) === "unknown") this.#wakeIn(RETRY_MS);
      else this.#work(conversation, entry);
    }
  }

  #work(conversation: number, entry: number): void {
    const work = this.#send(entry)
      .catch((error: unknown) => {
        this.#failed("a message could not be sent", error);
        // A fault of ours would come again at once.
        this.#notBefore.set(entry, this.#deps.clock.now() + RETRY_MS);
      })
      .then(() => {
        this.#working.delete(conversation);
        this.wake();
      });
    this.#working.set(conversation, work);
  }

  async #send(entry: number): Promise<void> {
    const message = messageOf(this.#deps.store.core, entry);
    if (!message) return;
    if (this.#repeats(entry) === "yes") return this.#expire(entry, ROLLED_BACK);
    if (!message.split && !(await this.#split(message))) return;
    if (!this.#ready || this.#pausing) return;
    const handed = this.#claim(entry);
    if (handed) await this.#execute(handed);
    else this.#stepAside(entry);
  }

  /** B5. */
  #repeats(row: number): Repetition {
    const { core } = this.#deps.store;
    const entry = core.entry(row);
    const message = messageOf(core, row);
    return entry && message ? core.repeats(entry, message.created) : "no";
  }

  #expire(entry: number, reason: string): Promise<void> {
    return this.#writes.write((writer) => this.#deps.outbox.applyToAll(writer, entry, { event: "expire", reason }));
  }

  /** Nothing could be claimed of it. If it is still in turn, it must not be tried again at once. */
  #stepAside(entry: number): void {
    if (messageOf(this.#deps.store.core, entry)?.state === "queued") this.#notBefore.set(entry, this.#deps.clock.now() + RETRY_MS);
  }

  /** False where the message did not get its parts. */
  async #split(message: OutboxMessage): Promise<boolean> {
    const { store, outbox, process } = this.#deps;
    const { entry } = message;
    const conversation = convByRow(store.core, message.conversation);
    const outgoing = conversation && outgoingOf(store.core, entry, conversation);
    if (!conversation || !outgoing) return this.#cancel(entry, TEXT_DELETED);
    try {
      const { text, style, whole } = outgoing;
      const parts = style === undefined ? [text] : await process.split(conversation.conv, text, style);
      const fault = faultOf(parts, whole);
      if (fault) return await this.#cancel(entry, fault);
      await this.#writes.write((writer) => outbox.split(writer, entry, parts));
      return true;
    } catch (thrown) {
      // Nothing was handed over yet: nothing can be in doubt.
      const error: BridgeErrorData = { ...toBridgeError(thrown, "no").data, sent: "no" };
      if (!isWorthATry(error) && error.code !== "internal") return this.#cancel(entry, error);
      this.#waitBefore(entry, error, 1);
      return false;
    }
  }

  async #cancel(entry: number, { message, code }: BridgeErrorData): Promise<false> {
    const { outbox, account } = this.#deps;
    await this.#writes.write((writer) => outbox.applyToAll(writer, entry, { event: "cancel", reason: account.redact(message), code }));
    return false;
  }

  /** O1, and the label is checked in the same instant in which the plugin is called. */
  #claim(entry: number): Handed | undefined {
    const { store, outbox, account, process } = this.#deps;
    const facts = factsBeforeSending(process.state.link);
    return store.transact((writer) => {
      const message = messageOf(writer, entry);
      const conversation = message && convByRow(writer, message.conversation);
      const index = message?.state === "queued" ? nextPart(partsOf(writer, entry)) : undefined;
      if (!message || !conversation || index === undefined) return undefined;
      const passage = mayTravel(message.minLabel, facts, account.ceiling, account.origin);
      const part = outbox.apply(writer, entry, index, { event: "claim", at: writer.now(), facts, label: passage.label });
      const order = part ? commandOf(writer, message, conversation, part, index) : { error: TEXT_DELETED };
      if ("command" in order && passage.ok) return { entry, part: index, command: order.command, conversation: conversation.row };
      outbox.apply(writer, entry, index, { event: "refused", error: "error" in order ? order.error : insecure(passage) });
      return undefined;
    });
  }

  async #execute(handed: Handed): Promise<void> {
    const epoch = this.#epoch;
    const { entry, command } = handed;
    const outcome = await this.#outcome(handed);
    if (outcome.state === "refused" && isWorthATry(outcome.error)) this.#waitBefore(entry, outcome.error, command.attempt);
    await this.#writes.write((writer) => this.#keep(writer, handed, outcome));
    if (!this.#online || epoch !== this.#epoch) await this.#outlived(handed, outcome);
    else if (outcome.state === "accepted") this.#expectConfirmation(handed);
  }

  async #outcome({ command }: Handed): Promise<Outcome> {
    const { process, account } = this.#deps;
    try {
      return await process.execute(command, this.#abort.signal);
    } catch (thrown) {
      const { data } = toBridgeError(thrown, "maybe");
      return { state: "refused", error: { ...data, message: account.redact(data.message) } };
    }
  }

  #keep(writer: Writer, handed: Handed, outcome: Outcome): void {
    const { attempt } = handed.command;
    const tell = (event: PartEvent) => this.#deps.outbox.apply(writer, handed.entry, handed.part, event);
    if (outcome.state === "acked") acknowledge(this.#deps, writer, handed, outcome);
    if (outcome.state === "accepted") tell({ event: "accepted", attempt });
    if (outcome.state === "refused") tell({ event: "refused", attempt, error: outcome.error });
  }

  /** The connection went while the plugin was at it; the next one, if it is there, has been asked about everything but this. */
  async #outlived({ entry, part }: Handed, outcome: Outcome): Promise<void> {
    if (outcome.state === "acked") return;
    if (outcome.state === "accepted")
      await this.#writes.write((writer) => this.#deps.outbox.apply(writer, entry, part, { event: "lost", reason: DOUBT.offline }));
    if (this.#online) await this.#reconciler.run(() => this.#online);
  }

  #expectConfirmation({ entry, part, command: { attempt } }: Handed): void {
    const { outbox } = this.#deps;
    this.#timers.after(CONFIRM_MS, () => {
      void this.#writes.write((writer) => {
        const now = partsOf(writer, entry)[part];
        if (now?.state === "accepted" && now.attempt === attempt)
          outbox.apply(writer, entry, part, { event: "lost", reason: DOUBT.silence });
      });
    });
  }

  #lose(writer: Writer, reason: string, which: "accepted" | "any"): void {
    const { outbox, account } = this.#deps;
    for (const entry of entriesUnderWay(writer, account.record.row)) {
      partsOf(writer, entry).forEach((part, index) => {
        if (which === "any" || part.state === "accepted") outbox.apply(writer, entry, index, { event: "lost", reason });
      });
    }
  }

  #waitBefore(entry: number, error: BridgeErrorData, attempt: number): void {
    const { chance, clock } = this.#deps;
    const wait = error.retryAfterMs ?? backoffMs(attempt, chance());
    this.#notBefore.set(entry, clock.now() + Math.min(wait, MAX_WAIT_MS));
  }

  /** One alarm at a time: the earliest. */
  #wakeIn(ms: number): void {
    const at = this.#deps.clock.now() + ms;
    if (this.#alarm !== undefined && this.#alarm <= at) return;
    this.#alarm = at;
    this.#timers.after(ms, () => {
      if (this.#alarm === at) this.#alarm = undefined;
      this.wake();
    });
  }

  #failed(what: string, error: unknown): void {
    const { log, account } = this.#deps;
    const words = account.redact(error instanceof Error ? error.message : String(error));
    log("error", what, { account: account.record.id, error: words.slice(0, 300) });
  }
}

const insecure = (passage: ReturnType<typeof mayTravel>): BridgeErrorData => ({
  code: "insecure",
  sent: "no",
  message: passage.ok ? "" : passage.reason,
});

function faultOf(parts: readonly string[], whole: boolean): BridgeErrorData | undefined {
  if (whole && parts.length > 1) return { code: "too-large", sent: "no", message: "The new text is too long for one message there." };
  if (parts.length === 0 || parts.some((part) => part === ""))
    return { code: "unsupported", sent: "no", message: "There is nothing to send in it." };
  if (parts.length <= MAX_PARTS) return undefined;
  return { code: "too-large", sent: "no", message: `It is too long: the network takes it in more than ${MAX_PARTS} parts.` };
}
