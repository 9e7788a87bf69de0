import { deriveLabel, mayTravel, type SecurityFacts } from "../../security-labels/index.ts";
import { textSchema } from "../../sync/content/text.ts";
import type { Writer } from "../../sync/core.ts";
import type { Clock } from "../../sync/ports.ts";
import { BACKOFF, backoffMs } from "../kit/backoff.ts";
import { toBridgeError } from "../kit/bridge-error.ts";
import type { BridgeErrorData, Command, MsgRef, Reconciled, SendResult } from "../contract/index.ts";
import type { AccountProcess, BridgeLog } from "./account-process.ts";
import type { BridgeStore } from "./bridge-store.ts";
import { convByRow } from "./conversation-table.ts";
import type { InboxAccount } from "./inbox.ts";
import type { Outbox } from "./outbox.ts";
import { isDoubtful, isTooOld, isWorthATry, nextPart, type PartEvent, TOO_OLD } from "./outbox-decisions.ts";
import { entriesIn, entriesUnderWay, messageOf, messagesInTurn, type OutboxMessage, partsOf } from "./outbox-table.ts";
import { commandOf } from "./send-command.ts";
import { factsBeforeSending, factsOfSent } from "./travel-facts.ts";

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
const RECONCILE_AT_ONCE = 50;
const MAX_RECONCILED = 1_000;
const MAX_WAIT_MS = 10 * 60_000;

export const DOUBT = {
  restart: "Homeport was restarted before the network confirmed it. It may not have been delivered.",
  exit: "The bridge's process ended before the network confirmed it. It may not have been delivered.",
  offline: "The connection was lost before the network confirmed it. It may not have been delivered.",
  silence: "The network did not confirm it in time. It may not have been delivered.",
} as const;

/** Hands one account's outgoing messages to its plugin, as `outbox-decisions.ts` says, and keeps what comes of it. */
export class Sender {
  readonly #deps: SenderDeps;
  /** Conversations (rows of `bridge_conversation`) for which something is going on outside of the database. */
  readonly #working = new Map<number, Promise<void>>();
  readonly #notBefore = new Map<number, number>();
  readonly #timers = new Set<() => void>();
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
    void this.#durably((writer) => this.#lose(writer, DOUBT.offline, "accepted"));
  }

  /** The child is dead. */
  died(): void {
    this.#online = false;
    this.#ready = false;
    void this.#durably((writer) => this.#lose(writer, DOUBT.exit, "any"));
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
    await Promise.race([this.#idle(), new Promise<void>((resolve) => this.#later(ms, resolve))]);
  }

  /** Nothing is done after this but to take the results of what is called off. */
  stop(): void {
    this.#pausing = true;
    this.#online = false;
    this.#ready = false;
    this.#abort.abort();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  async #idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working.values());
  }

  #begin(): void {
    const { store, account, clock } = this.#deps;
    for (const { entry, conversation } of messagesInTurn(store.core, account.record.row)) {
      if (this.#working.size >= MAX_IN_FLIGHT) return;
      if (this.#working.has(conversation)) continue;
      const wait = (this.#notBefore.get(entry) ?? 0) - clock.now();
      if (wait > 0) this.#wakeIn(wait);
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
    if (!message.split && !(await this.#split(message))) return;
    if (!this.#ready || this.#pausing) return;
    const handed = this.#claim(entry);
    if (handed) await this.#execute(handed);
    else this.#stepAside(entry);
  }

  /** Nothing could be claimed of it. If it is still in turn, it must not be tried again at once. */
  #stepAside(entry: number): void {
    if (messageOf(this.#deps.store.core, entry)?.state === "queued") this.#notBefore.set(entry, this.#deps.clock.now() + RETRY_MS);
  }

  /** False where the message did not get its parts. */
  async #split(message: OutboxMessage): Promise<boolean> {
    const { store, outbox, process } = this.#deps;
    const conversation = convByRow(store.core, message.conversation);
    const text = textSchema.safeParse(store.core.body(message.entry)).data;
    if (!conversation || !text) {
      await this.#durably((writer) => outbox.applyToAll(writer, message.entry, { event: "cancel", reason: "Its text was deleted." }));
      return false;
    }
    try {
      const parts = await process.split(conversation.conv, text.text, text.style);
      const event = unfit(parts);
      await this.#durably((writer) =>
        event ? outbox.applyToAll(writer, message.entry, event) : outbox.split(writer, message.entry, parts),
      );
      return event === undefined;
    } catch (thrown) {
      await this.#notSplit(message.entry, toBridgeError(thrown, "no").data);
      return false;
    }
  }

  /** Nothing was handed over yet: nothing can be in doubt. */
  async #notSplit(entry: number, error: BridgeErrorData): Promise<void> {
    const { outbox, account } = this.#deps;
    if (isWorthATry({ ...error, sent: "no" }) || error.code === "internal") this.#waitBefore(entry, error, 1);
    else
      await this.#durably((writer) =>
        outbox.applyToAll(writer, entry, { event: "cancel", reason: account.redact(error.message), code: error.code }),
      );
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
      const command = part && commandOf(writer, message, conversation, part, index);
      const refusal = passage.ok ? undefined : insecure(passage.reason);
      if (part && command && !refusal) return { entry, part: index, command, conversation: conversation.row };
      outbox.apply(writer, entry, index, { event: "refused", error: refusal ?? TEXT_DELETED });
      return undefined;
    });
  }

  async #execute(handed: Handed): Promise<void> {
    const { entry, part, command } = handed;
    const epoch = this.#epoch;
    const { event, refs } = await this.#outcome(handed);
    if (event.event === "refused" && isWorthATry(event.error)) this.#waitBefore(entry, event.error, command.attempt);
    await this.#durably((writer) => {
      this.#deps.outbox.apply(writer, entry, part, event);
      this.#noteRefs(writer, handed, refs);
    });
    if (this.#online && epoch === this.#epoch) {
      if (event.event === "accepted") this.#expectConfirmation(handed);
    } else await this.#outlived(handed, event);
  }

  /** The connection went while the plugin was at it; the next one, if it is there, has been asked about everything but this. */
  async #outlived({ entry, part }: Handed, event: PartEvent): Promise<void> {
    if (event.event === "accepted")
      await this.#durably((writer) => this.#deps.outbox.apply(writer, entry, part, { event: "lost", reason: DOUBT.offline }));
    if (event.event !== "acked" && this.#online) await this.#reconcile();
  }

  async #outcome({ command, entry, part }: Handed): Promise<{ event: PartEvent; refs: MsgRef[] }> {
    const { process, account } = this.#deps;
    try {
      const result: SendResult = await process.execute(command, this.#abort.signal);
      if (result.state === "accepted") return { event: { event: "accepted", attempt: command.attempt }, refs: [] };
      return { event: this.#ackedBy(entry, part, result), refs: result.refs };
    } catch (thrown) {
      const { data } = toBridgeError(thrown, "maybe");
      return { event: { event: "refused", attempt: command.attempt, error: { ...data, message: account.redact(data.message) } }, refs: [] };
    }
  }

  #ackedBy(
    entry: number,
    part: number,
    { refs, ts, sec }: { refs: MsgRef[]; ts?: number | undefined; sec?: SecurityFacts | undefined },
  ): PartEvent {
    const { store, account } = this.#deps;
    const handedOver = partsOf(store.core, entry)[part]?.facts;
    const facts = handedOver && factsOfSent(handedOver, sec);
    const label = facts && deriveLabel(facts, account.ceiling, account.origin);
    return { event: "acked", refs: refs.map(({ id }) => id), ts, facts, label };
  }

  #noteRefs(writer: Writer, { entry, part, conversation }: Omit<Handed, "command">, refs: readonly MsgRef[]): void {
    for (const { id } of refs) this.#deps.store.refs.note(writer, conversation, id, entry, part);
  }

  #expectConfirmation({ entry, part, command: { attempt } }: Handed): void {
    this.#later(CONFIRM_MS, () => {
      void this.#durably((writer) => {
        const now = partsOf(writer, entry)[part];
        if (now?.state === "accepted" && now.attempt === attempt)
          this.#deps.outbox.apply(writer, entry, part, { event: "lost", reason: DOUBT.silence });
      });
    });
  }

  async #prepare(epoch: number): Promise<void> {
    const { outbox, account } = this.#deps;
    await this.#durably((writer) => {
      for (const entry of entriesIn(writer, account.record.row, "queued")) {
        const message = messageOf(writer, entry);
        if (message && isTooOld(message.created, writer.now())) outbox.applyToAll(writer, entry, { event: "expire", reason: TOO_OLD });
      }
    });
    await this.#reconcile();
    if (epoch !== this.#epoch || !this.#online) return;
    this.#ready = true;
    this.wake();
  }

  async #reconcile(): Promise<void> {
    try {
      const doubtful = this.#doubtful();
      for (let at = 0; at < doubtful.length && this.#online; at += RECONCILE_AT_ONCE)
        await this.#ask(doubtful.slice(at, at + RECONCILE_AT_ONCE));
    } catch (error) {
      this.#failed("what is in doubt could not be asked for", error);
    }
  }

  async #ask(doubtful: readonly Handed[]): Promise<void> {
    const answers = await this.#deps.process.reconcile(doubtful.map(({ command }) => command));
    await this.#durably((writer) => {
      for (const answer of answers) {
        const asked = doubtful.find(({ command }) => command.txn === answer.txn);
        if (asked) this.#answered(writer, asked, answer);
      }
    });
  }

  #answered(writer: Writer, asked: Handed, answer: Reconciled): void {
    const { outbox } = this.#deps;
    const now = partsOf(writer, asked.entry)[asked.part];
    // O10: the person may have decided in the meantime.
    if (!now || !isDoubtful(now) || now.attempt !== asked.command.attempt) return;
    if (answer.found === "no") outbox.apply(writer, asked.entry, asked.part, { event: "unsent" });
    if (answer.found !== "yes") return;
    outbox.apply(writer, asked.entry, asked.part, this.#ackedBy(asked.entry, asked.part, answer));
    this.#noteRefs(writer, asked, answer.refs);
  }

  #doubtful(): Handed[] {
    const { core } = this.#deps.store;
    const entries = entriesIn(core, this.#deps.account.record.row, "in-doubt").slice(-MAX_RECONCILED);
    return entries.flatMap((entry) => {
      const message = messageOf(core, entry);
      const conversation = message && convByRow(core, message.conversation);
      if (!message || !conversation) return [];
      return partsOf(core, entry).flatMap((part, index) => {
        const command = isDoubtful(part) ? commandOf(core, message, conversation, part, index) : undefined;
        return command ? [{ entry, part: index, command, conversation: conversation.row }] : [];
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
    const wait = error.retryAfterMs ?? backoffMs(attempt, this.#deps.chance(), BACKOFF);
    this.#notBefore.set(entry, this.#deps.clock.now() + Math.min(wait, MAX_WAIT_MS));
  }

  /** One commit; tried again until it succeeds, as what it is to keep has happened already. */
  async #durably(run: (writer: Writer) => void): Promise<void> {
    for (;;) {
      try {
        return this.#deps.store.transact(run);
      } catch (error) {
        this.#failed("the outbox could not be written", error);
        if (this.#abort.signal.aborted) return;
        await new Promise<void>((resolve) => this.#later(RETRY_MS, resolve));
      }
    }
  }

  #later(ms: number, run: () => void): void {
    const cancel = this.#deps.clock.after(ms, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
  }

  /** One alarm at a time: the earliest. */
  #wakeIn(ms: number): void {
    const at = this.#deps.clock.now() + ms;
    if (this.#alarm !== undefined && this.#alarm <= at) return;
    this.#alarm = at;
    this.#later(ms, () => {
      if (this.#alarm === at) this.#alarm = undefined;
      this.wake();
    });
  }

  #failed(what: string, error: unknown): void {
    const { log, account } = this.#deps;
    log("error", what, {
      account: account.record.id,
      error: account.redact(error instanceof Error ? error.message : String(error)).slice(0, 300),
    });
  }
}

/** A part that the plugin has, or may have. `conversation` is a row of `bridge_conversation`. */
interface Handed {
  entry: number;
  part: number;
  conversation: number;
  command: Command;
}

const TEXT_DELETED: BridgeErrorData = { code: "not-found", sent: "no", message: "Its text was deleted." };
const insecure = (message: string): BridgeErrorData => ({ code: "insecure", sent: "no", message });

function unfit(parts: readonly string[]): PartEvent | undefined {
  if (parts.length === 0 || parts.some((part) => part === "")) return { event: "cancel", reason: "There is nothing to send in it." };
  if (parts.length > MAX_PARTS)
    return { event: "cancel", reason: `It is too long: the network takes it in more than ${MAX_PARTS} parts.`, code: "too-large" };
  return undefined;
}
