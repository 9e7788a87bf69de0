import { mayTravel, type SecurityLabel } from "../../security-labels/index.ts";
import type { Conversation, Core } from "../../sync/core.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Clock, Crypto, Random } from "../../sync/ports.ts";
import { BridgeError } from "../kit/bridge-error.ts";
import type { AccountId, CommandAnswer, ConvId, NetworkCommand } from "../contract/index.ts";
import type { AccountProcesses, BridgeLog } from "./account-process.ts";
import { AccountRun, type AccountRunDeps } from "./account-run.ts";
import { accountById, type AccountRecord, accountByRow, listAccounts } from "./account-table.ts";
import { addAccount, removeAccount, tellDevices } from "./accounts.ts";
import { BridgeStore } from "./bridge-store.ts";
import { convByCoreRow, type ConvRecord } from "./conversation-table.ts";
import type { EphemeralEvent } from "./ephemeral.ts";
import { Inbox } from "./inbox.ts";
import { openKeyedHash } from "./keyed-hash.ts";
import { isHostedHere } from "./hosting.ts";
import { type BridgeRow, bridgeRow } from "./live-rows.ts";
import { commandCall } from "./network-command.ts";
import type { MemberRow } from "./members.ts";
import type { Network, Networks } from "./networks.ts";
import { Openings } from "./openings.ts";
import { entriesOfConversation } from "./outbox-table.ts";
import { doubtOutbox, listInDoubt, type OutboxRow, recoverOutbox, resendMessage, settleMessage } from "./outbox-decided.ts";
import { factsBeforeSending } from "./travel-facts.ts";
import { mintTxn } from "./outbox.ts";
import type { BridgesProjection } from "./projection.ts";

/** Milliseconds for the network to take a topic. */
const TOPIC_MS = 20_000;

export interface BridgeHostDeps {
  core: Core;
  /** The one that the core was opened with. */
  projection: BridgesProjection;
  crypto: Crypto;
  random: Random;
  clock: Clock;
  networks: Networks;
  processes: AccountProcesses;
  /** Registers a secret with the log's redactor. */
  redact: (secret: string) => void;
  log: BridgeLog;
  /** All accounts as they are now, whenever one has changed. */
  onLive: (rows: BridgeRow[]) => void;
  onEphemeral: (event: EphemeralEvent) => void;
}

/**
 * The bridges of this node, for the API's handlers. Conversations and entries are the core's rows; accounts are the ids that
 * `add` made. What a person did wrong is a `HomeportError`.
 */
export interface BridgeHost {
  networks(): Network[];
  /** Makes an account and starts it. Throws `unknown-network`, `unknown-field`, `missing-field`, `bad-field`. */
  add(network: string, settings: Record<string, string>): { account: AccountId };
  list(): BridgeRow[];
  /** Opens what a person calls `target` on the network. */
  open(account: AccountId, target: string): Promise<Conversation>;
  close(conversation: number): Promise<void>;
  remove(account: AccountId): Promise<void>;
  /** Again, after a quarantine or corrected settings. */
  start(account: AccountId): void;
  /** Runs an account here that another device ran until now: what that one has not sent is in doubt. Throws `not-found`. */
  takeOver(account: AccountId): void;
  /** What the account's network can do beside messages. */
  commands(account: AccountId): NetworkCommand[];
  /** Throws `unknown-command`, `missing-conversation`, or what the network did not like. */
  command(account: AccountId, asked: { name: string; args: string; conversation?: number | undefined }): Promise<CommandAnswer>;
  /** In no particular order; empty where the network does not tell. */
  members(conversation: number): MemberRow[];
  /** Asks the network once, now: nothing of it is kept for later. */
  setTopic(conversation: number, topic: string, minLabel: SecurityLabel): Promise<void>;
  /** As how many messages the plugin would send a text. */
  parts(conversation: number, text: string, style: "text" | "action" | "notice"): Promise<number>;
  /** What is in doubt and waits for the person. */
  outbox(): OutboxRow[];
  resend(entry: number): void;
  settle(entry: number): void;
  /** Resolves within 4 seconds, when all processes are gone. */
  stop(): Promise<void>;
}

/** Recovers what a crash left and starts all accounts. */
export function createBridgeHost(deps: BridgeHostDeps): BridgeHost {
  const store = new BridgeStore(deps.core, openKeyedHash(deps.core, deps.crypto, deps.random));
  const { outbox } = deps.projection;
  store.transact((writer) => recoverOutbox(writer, outbox));
  return new Host(deps, store);
}

class Host implements BridgeHost {
  readonly #deps: BridgeHostDeps;
  readonly #store: BridgeStore;
  readonly #openings = new Openings();
  readonly #runs = new Map<number, AccountRun>();
  readonly #runDeps: AccountRunDeps;
  readonly #unsubscribe: () => void;
  readonly #unsubscribeMoves: () => void;
  #telling = false;
  #stopping: Promise<void> | undefined;

  constructor(deps: BridgeHostDeps, store: BridgeStore) {
    this.#deps = deps;
    this.#store = store;
    const { projection, random, clock, processes, redact, log } = deps;
    const inbox = new Inbox(store, projection.outbox, this.#openings);
    const chance = () => new DataView(random.bytes(4).slice().buffer).getUint32(0) / 2 ** 32;
    this.#runDeps = {
      ...{ store, inbox, outbox: projection.outbox, processes, clock, chance, redact, log },
      stateChanged: () => this.#tellSoon(),
      ephemeral: deps.onEphemeral,
    };
    this.#unsubscribe = projection.outbox.changes.add((account) => queueMicrotask(() => this.#runs.get(account)?.sender.wake()));
    this.#unsubscribeMoves = projection.moves.add((account) => void this.#moved(account));
    for (const account of listAccounts(store.core)) this.#begin(account);
  }

  networks(): Network[] {
    return this.#deps.networks.list();
  }

  add(network: string, settings: Record<string, string>): { account: AccountId } {
    this.#checkRunning();
    const account = addAccount(this.#store, this.#deps.random, this.#deps.networks.get(network), settings);
    this.#begin(account);
    return { account: account.id };
  }

  list(): BridgeRow[] {
    const { core, clock } = this.#deps;
    return listAccounts(core).map((record) => {
      const run = this.#runs.get(record.row);
      return bridgeRow(record, core.self, run?.state ?? orphaned(clock.now(), record), run?.process.isolated ?? false);
    });
  }

  async open(id: AccountId, target: string): Promise<Conversation> {
    const run = this.#run(accountById(this.#deps.core, id));
    const { record } = run;
    try {
      return await this.#openings.during(record.row, target, async () => {
        const info = await run.process.open(target);
        return this.#store.transact((writer) => {
          const { conversation } = this.#store.conversations.open(writer, record, info);
          return writer.conversation(conversation) as Conversation;
        });
      });
    } catch (error) {
      throw forPeople(run, error);
    } finally {
      if (this.#openings.isIdle(record.row) && !this.#stopping)
        this.#store.transact((writer) => this.#store.conversations.closeProvisional(writer, record));
    }
  }

  async close(conversation: number): Promise<void> {
    const { record, account } = this.#bridged(conversation);
    const { outbox } = this.#deps.projection;
    this.#store.transact((writer) => {
      const cached = this.#store.conversations.find(writer, account, record.conv) ?? record;
      this.#store.conversations.close(writer, cached);
      this.#store.members.clear(writer, record.row);
      for (const state of ["queued", "in-doubt"] as const) {
        const event = { event: "cancel", reason: "The conversation was closed." } as const;
        for (const entry of entriesOfConversation(writer, record.row, state)) outbox.applyToAll(writer, entry, event);
      }
    });
    await this.#leave(account, record.conv);
  }

  async remove(id: AccountId): Promise<void> {
    const account = accountById(this.#deps.core, id);
    await this.#runs.get(account.row)?.stop("user");
    this.#runs.delete(account.row);
    removeAccount(this.#store, this.#deps.projection.outbox, account);
    await this.#deps.processes.erase(account.id);
    this.#tellSoon();
  }

  start(id: AccountId): void {
    this.#run(accountById(this.#deps.core, id)).start();
  }

  takeOver(id: AccountId): void {
    this.#checkRunning();
    const account = accountById(this.#deps.core, id);
    if (isHostedHere(this.#deps.core, id)) return this.start(id);
    this.#store.transact((writer) => {
      tellDevices(writer, account, false);
      doubtOutbox(writer, this.#deps.projection.outbox, account.row);
    });
    this.#begin(account);
    this.#tellSoon();
  }

  commands(id: AccountId): NetworkCommand[] {
    return this.#run(accountById(this.#deps.core, id)).commands;
  }

  async command(id: AccountId, asked: { name: string; args: string; conversation?: number | undefined }): Promise<CommandAnswer> {
    const run = this.#run(accountById(this.#deps.core, id));
    const place = asked.conversation === undefined ? undefined : this.#bridged(asked.conversation);
    if (place && place.account.id !== id) throw new HomeportError("not-found", "That conversation is one of another account.");
    const call = commandCall(run.commands, asked, place?.record);
    try {
      const answer = await run.process.command(call);
      return { ...answer, text: run.redact(answer.text) };
    } catch (error) {
      throw forPeople(run, error);
    }
  }

  members(conversation: number): MemberRow[] {
    const { record } = this.#bridged(conversation);
    const { core } = this.#deps;
    return this.#store.members.list(core, record.row).map(({ user, role, state }) => ({
      ...{ id: user, name: this.#store.users.nameOf(core, record.account, user), state },
      ...(role === undefined ? {} : { role }),
    }));
  }

  async setTopic(conversation: number, topic: string, minLabel: SecurityLabel): Promise<void> {
    const { record, account } = this.#bridged(conversation);
    const run = this.#run(account);
    const { random, clock } = this.#deps;
    const passage = mayTravel(minLabel, factsBeforeSending(run.state.link), run.ceiling, run.origin);
    if (!passage.ok) throw new HomeportError("insecure", passage.reason);
    const txn = mintTxn(random);
    try {
      const command = { txn, conv: record.conv, attempt: 1, createdAt: clock.now(), minLabel, op: "topic", topic } as const;
      await run.process.execute(command, AbortSignal.timeout(TOPIC_MS));
    } catch (error) {
      throw forPeople(run, error);
    }
  }

  async parts(conversation: number, text: string, style: "text" | "action" | "notice"): Promise<number> {
    const { record, account } = this.#bridged(conversation);
    const run = this.#run(account);
    try {
      return (await run.process.split(record.conv, text, style)).length;
    } catch (error) {
      throw forPeople(run, error);
    }
  }

  outbox(): OutboxRow[] {
    return listInDoubt(this.#deps.core);
  }

  resend(entry: number): void {
    this.#store.transact((writer) => resendMessage(writer, this.#deps.projection.outbox, entry));
  }

  settle(entry: number): void {
    this.#store.transact((writer) => settleMessage(writer, this.#deps.projection.outbox, entry));
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    await Promise.all([...this.#runs.values()].map((run) => run.stop("shutdown")));
    this.#unsubscribe();
    this.#unsubscribeMoves();
  }

  /** Another device has taken the account over: two logins at once would disturb each other. */
  async #moved(id: AccountId): Promise<void> {
    if (isHostedHere(this.#deps.core, id)) return;
    const run = [...this.#runs.values()].find(({ record }) => record.id === id);
    if (!run) return;
    this.#deps.log("warn", "another device runs this account from now on", { account: id });
    this.#runs.delete(run.record.row);
    await run.stop("user");
    this.#tellSoon();
  }

  #begin(account: AccountRecord): void {
    const network = this.#deps.networks.list().find(({ manifest }) => manifest.id === account.network);
    this.#store.transact((writer) => this.#store.conversations.closeProvisional(writer, account));
    if (!network) return;
    const run = new AccountRun(this.#runDeps, account, network);
    this.#runs.set(account.row, run);
    run.start();
  }

  #run(account: AccountRecord): AccountRun {
    this.#checkRunning();
    const run = this.#runs.get(account.row);
    if (run) return run;
    throw new HomeportError("unknown-network", "This Homeport has no bridge for the account's network. Install the version that had it.");
  }

  #checkRunning(): void {
    if (this.#stopping) throw new HomeportError("stopped", "Homeport is shutting down.");
  }

  /** Throws `HomeportError` of code `not-found`. */
  #bridged(conversation: number): { record: ConvRecord; account: AccountRecord } {
    const record = convByCoreRow(this.#deps.core, conversation);
    const account = record && accountByRow(this.#deps.core, record.account);
    if (!record || !account || account.removed)
      throw new HomeportError("not-found", "There is no such conversation on an account of this device.");
    return { record, account };
  }

  async #leave(account: AccountRecord, conv: ConvId): Promise<void> {
    try {
      await this.#runs.get(account.row)?.process.close(conv);
    } catch (error) {
      // It is closed here all the same, and is not joined again after the next connect.
      if (!(error instanceof BridgeError)) throw error;
      this.#deps.log("info", "a conversation could not be left on the network", { account: account.id, code: error.data.code });
    }
  }

  /** Many changes at once are told once. */
  #tellSoon(): void {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      if (!this.#stopping) this.#tell();
    });
  }

  #tell(): void {
    try {
      this.#deps.onLive(this.list());
    } catch (error) {
      this.#deps.log("error", "the states of the accounts could not be told", { error: String(error) });
    }
  }
}

function orphaned(now: number, { network }: AccountRecord) {
  const message = `This Homeport has no bridge for ${network}. Install the version that had it.`;
  return { state: "stopped", since: now, error: { code: "unsupported", sent: "no", message } } as const;
}

function forPeople(run: AccountRun, error: unknown): unknown {
  return error instanceof BridgeError ? new HomeportError(error.data.code, run.redact(error.data.message)) : error;
}
