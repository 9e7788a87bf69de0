import type { PluginOrigin, SecurityLabel } from "../../security-labels/index.ts";
import type { Clock } from "../../sync/ports.ts";
import { backoffMs } from "../kit/backoff.ts";
import { BridgeError, toBridgeError } from "../kit/bridge-error.ts";
import type { AccountState, BridgeErrorData, MsgRef, NetworkCommand, Resume, TxnId, UserInfo } from "../contract/index.ts";
import type { AccountProcess, AccountProcesses, BridgeLog } from "./account-process.ts";
import type { AccountRecord } from "./account-table.ts";
import { configOf, learnedSecrets, secretsOf } from "./accounts.ts";
import type { BridgeStore } from "./bridge-store.ts";
import { type EphemeralEvent, EphemeralGate } from "./ephemeral.ts";
import type { Inbox, InboxAccount } from "./inbox.ts";
import { lookup } from "./lookup.ts";
import type { Network } from "./networks.ts";
import type { Outbox } from "./outbox.ts";
import type { HostServices } from "./process/types.ts";
import { Redaction } from "./redaction.ts";
import { Sender } from "./sender.ts";

export interface AccountRunDeps {
  store: BridgeStore;
  inbox: Inbox;
  outbox: Outbox;
  processes: AccountProcesses;
  clock: Clock;
  chance: () => number;
  redact: (secret: string) => void;
  log: BridgeLog;
  stateChanged: () => void;
  ephemeral: (event: EphemeralEvent) => void;
}

/** States in which the network takes messages. */
const SENDING: ReadonlySet<AccountState["state"]> = new Set(["online", "degraded"]);
/** States in which a plugin does nothing, for a time or until a person helps. */
const WAITING: ReadonlySet<AccountState["state"]> = new Set(["backoff", "bad-credentials", "logged-out"]);
const MAX_LEARNED_SECRETS = 200;
/** Of the four seconds that stopping may take, what messages under way may use. */
const DRAIN_MS = 800;

/** One account while this node runs: its process, what the process asks of the host, and its outgoing messages. */
export class AccountRun implements InboxAccount {
  readonly record: AccountRecord;
  readonly ceiling: SecurityLabel;
  readonly origin: PluginOrigin;
  readonly process: AccountProcess;
  readonly sender: Sender;
  readonly #deps: AccountRunDeps;
  readonly #network: Network;
  readonly #redaction: Redaction;
  readonly #gate: EphemeralGate;
  #state: AccountState;
  /** What `connect` refused, until the next start. */
  #refusal: AccountState | undefined;
  #cancelRetry: (() => void) | undefined;
  #attempt = 0;
  /** Counts the ends of processes. */
  #exits = 0;
  #stopping = false;
  #ended = false;

  constructor(deps: AccountRunDeps, record: AccountRecord, network: Network) {
    this.#deps = deps;
    this.record = record;
    this.#network = network;
    this.ceiling = network.manifest.ceiling;
    this.origin = network.origin;
    this.#redaction = new Redaction(deps.redact);
    this.#gate = new EphemeralGate(deps.clock);
    this.#state = { state: "stopped", since: deps.clock.now() };
    for (const secret of secretsOf(deps.store, record)) this.#redaction.add(secret);
    const config = configOf(deps.store, network, record);
    this.process = deps.processes.create({ account: record.id, network, config, services: this.#services() });
    this.sender = new Sender({ ...deps, account: this, process: this.process });
    this.process.on("started", () => void this.#connect());
    this.process.on("exited", () => {
      this.#exits += 1;
      this.sender.died();
    });
  }

  get state(): AccountState {
    return this.#refusal ?? this.#state;
  }

  get commands(): NetworkCommand[] {
    const config = configOf(this.#deps.store, this.#network, this.record);
    const fits = ({ when }: NetworkCommand) => Object.entries(when ?? {}).every(([field, value]) => config[field] === value);
    return (this.#network.manifest.commands ?? []).filter(fits);
  }

  get self(): UserInfo | undefined {
    return this.#state.self;
  }

  /** Nothing where it is connected or at it. */
  start(): void {
    this.#refusal = undefined;
    this.#attempt = 0;
    this.#cancelRetry?.();
    // It keeps its own time for the next attempt, and only a new process begins at once.
    if (WAITING.has(this.process.state.state)) void this.process.stop("user");
    this.process.start();
    this.#deps.stateChanged();
  }

  /** Resolves within 4 seconds, when the process is gone. */
  async stop(why: "shutdown" | "user"): Promise<void> {
    this.#stopping = true;
    this.#cancelRetry?.();
    await this.sender.pause(DRAIN_MS);
    await this.process.stop(why);
    await this.sender.pause(DRAIN_MS / 4);
    this.#ended = true;
    this.sender.stop();
  }

  readonly redact = (text: string): string => this.#redaction.apply(text);

  #resume(): Resume {
    const { store } = this.#deps;
    const { row } = this.record;
    return {
      config: configOf(store, this.#network, this.record),
      cursors: Object.fromEntries(store.cursors.entries(store.core, row)),
      kv: Object.fromEntries(store.kv.entries(store.core, row)),
      conversations: store.conversations.inStanding(store.core, this.record, "open").map(({ conv }) => conv),
    };
  }

  async #connect(): Promise<void> {
    const exits = this.#exits;
    try {
      await this.process.connect(this.#resume());
      this.#attempt = 0;
    } catch (thrown) {
      // With its process gone, the supervisor has its own say.
      if (this.#stopping || exits !== this.#exits) return;
      this.#refused(this.#redacted(toBridgeError(thrown, "no").data));
    }
  }

  /** The plugin runs and will not connect: for settings that a person has to correct, or for the time being. */
  #refused(error: BridgeErrorData): void {
    const { clock, chance, log } = this.#deps;
    log("warn", "a bridge refused to connect", { account: this.record.id, code: error.code, error: error.message });
    const isForPerson = error.code === "auth" || (error.action !== undefined && error.action !== "none");
    this.#attempt += 1;
    const wait = backoffMs(this.#attempt, chance());
    const since = clock.now();
    this.#refusal = isForPerson ? { state: "bad-credentials", since, error } : { state: "backoff", since, error, retryAt: since + wait };
    this.#deps.stateChanged();
    void this.process.stop("user");
    if (isForPerson) return;
    this.#cancelRetry = clock.after(wait, () => {
      this.#refusal = undefined;
      this.process.start();
    });
  }

  #services(): HostServices {
    const { store, inbox, log } = this.#deps;
    const learned = learnedSecrets(store, this.record);
    const owned =
      <T>(run: () => T) =>
      async () => {
        if (this.#ended) throw new BridgeError({ code: "offline", sent: "no", message: "The account is stopped." });
        return run();
      };
    return {
      ingest: (batch) =>
        owned(() => {
          const { ephemeral, ignored, ...result } = inbox.ingest(this, batch);
          for (const event of ephemeral) if (this.#gate.admits()) this.#deps.ephemeral({ account: this.record.id, ...event });
          if (ignored > 0) log("debug", "events that nobody asked for", { account: this.record.id, ignored });
          return result;
        })(),
      state: (state) => this.#onState(state),
      lookup: (query: { txn: TxnId } | { ref: MsgRef }) => owned(() => lookup(store, this.record, query))(),
      vaultGet: (key) => owned(() => learned.get(key))(),
      vaultSet: (key, value) =>
        owned(() => {
          if (value !== undefined && learned.get(key) === undefined && learned.count() >= MAX_LEARNED_SECRETS)
            throw new BridgeError({ code: "too-large", sent: "no", message: "The plugin keeps too many secrets." });
          if (value !== undefined) this.#redaction.add(value);
          learned.set(key, value);
        })(),
      log: (level, message, fields) => log(level, this.redact(message), { account: this.record.id, ...this.#cleaned(fields ?? {}) }),
    };
  }

  #redacted(error: BridgeErrorData): BridgeErrorData {
    return { ...error, message: this.redact(error.message) };
  }

  #cleaned(fields: Record<string, string | number | boolean>): Record<string, string | number | boolean> {
    return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, typeof value === "string" ? this.redact(value) : value]));
  }

  #onState(state: AccountState): void {
    if (this.#ended) return;
    this.#state = { ...state, error: state.error && this.#redacted(state.error) };
    if (SENDING.has(state.state)) this.sender.online();
    else this.sender.offline();
    this.#deps.stateChanged();
  }
}
