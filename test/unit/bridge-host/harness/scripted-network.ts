import { EventEmitter } from "node:events";
import type { LinkFacts, SecurityFacts } from "../../../../src/security-labels/index.ts";
import type {
  AccountState,
  Batch,
  Caps,
  Command,
  CommandAnswer,
  CommandCall,
  ConvInfo,
  Inbound,
  Manifest,
  Reconciled,
  Resume,
  SendResult,
} from "../../../../src/bridges/contract/index.ts";
import type { AccountProcess, AccountProcesses, AccountProcessOptions } from "../../../../src/bridges/host/account-process.ts";
import type { Network } from "../../../../src/bridges/host/networks.ts";
import type { HostServices } from "../../../../src/bridges/host/process/types.ts";
import { BridgeError } from "../../../../src/bridges/kit/bridge-error.ts";
import type { TestClock } from "./test-clock.ts";

export const TLS: LinkFacts = {
  kind: "tls",
  verified: true,
  version: "TLSv1.3",
  server: "irc.example.org",
  certificate: { sha256: "ab".repeat(32), issuer: "Example CA" },
  measuredBy: "host",
};
export const PLAIN: LinkFacts = { kind: "none", verified: false, server: "irc.example.org", measuredBy: "host" };

export const MANIFEST: Manifest = {
  contract: 1,
  id: "scripted",
  name: "Scripted",
  version: "1.0.0",
  entry: "plugin.ts",
  fields: [
    { id: "host", type: "host", help: "The server.", required: true, secret: false },
    { id: "port", type: "port", help: "Its port.", required: false, secret: false, default: "6697" },
    { id: "nick", type: "username", help: "Your name there.", required: true, secret: false, pattern: "[A-Za-z][A-Za-z0-9]*" },
    { id: "tls", type: "select", help: "Encrypt?", required: false, secret: false, options: ["yes", "no"], default: "yes" },
    { id: "password", type: "password", help: "Of the account.", required: false, secret: true },
  ],
  delivery: { send: "echo", inbound: "live-only", promise: "At most once, and said." },
  commands: [
    { name: "whois", usage: "[nick]", help: "Who somebody is", scope: "account" },
    { name: "kick", usage: "<nick>", help: "Put somebody out", scope: "channel" },
  ],
  ceiling: "server-reads",
  needs: { net: ["{host}:{port}"], maxRssMb: 64 },
};
export const NETWORK: Network = {
  manifest: MANIFEST,
  folder: "/plugins/scripted",
  module: "/plugins/scripted/plugin.ts",
  origin: "homeport",
};

export const caps = (kind: Caps["kind"], maxBytes = 400): Caps => ({
  ...{ rev: `${kind}${maxBytes}`, kind, text: { maxBytes, formats: ["plain"] }, rate: { burst: 5, perSecond: 1.5 } },
  ...{
    edit: -2,
    delete: -2,
    reply: 0,
    thread: -2,
    reactions: -2,
    typing: -2,
    read: -2,
    presence: 1,
    topic: 2,
    members: 2,
    files: -2,
    history: -2,
  },
});
export const channel = (id: string): ConvInfo => ({ id, name: id, caps: caps("channel"), state: "joined" });

/** A message that arrived on the far side, where it stays whatever happens to us. */
export interface Delivered {
  account: string;
  conv: string;
  txn: string;
  text: string;
  id: string;
  ts: number;
}

/** What happens to one message: on the way, and with its acknowledgement. */
export type Fate =
  /** Delivered and acknowledged. */
  | "acked"
  /** Delivered, accepted, and echoed. */
  | "echoed"
  /** Delivered and accepted; no echo comes. */
  | "swallowed"
  /** Delivered; the plugin cannot tell. */
  | "maybe-delivered"
  /** Not delivered; the plugin cannot tell. */
  | "maybe-lost"
  /** Not delivered, and the plugin knows. */
  | "offline"
  | "forbidden"
  /** Delivered, and no word ever comes back. */
  | "hangs"
  /** Not delivered, and no word ever comes back. */
  | "hangs-lost";

/** The far side: servers and plugins, scripted. It outlives every crash of ours. */
export class ScriptedNetwork implements AccountProcesses {
  readonly delivered: Delivered[] = [];
  /** Every call of `execute`, in order. */
  readonly executed: Command[] = [];
  readonly erased: string[] = [];
  readonly processes: ScriptedProcess[] = [];
  readonly clock: TestClock;
  /** The fate of the next messages; the last one stays. */
  fates: Fate[] = ["acked"];
  /** What `reconcile` finds out. */
  archive: "complete" | "unknown" | "silent" | "fails" = "complete";
  link: LinkFacts = TLS;
  /** UTF-16 code units of one message. */
  partLength = 1000;
  refusal: BridgeError | undefined;
  openResult: (target: string, process: ScriptedProcess) => Promise<ConvInfo> = async (target) => channel(target);
  /** Stays connecting after `connect`. */
  isDown = false;
  onExecute: ((command: Command, process: ScriptedProcess) => void) | undefined;

  constructor(clock: TestClock) {
    this.clock = clock;
  }

  create(options: AccountProcessOptions): ScriptedProcess {
    const process = new ScriptedProcess(this, options);
    this.processes.push(process);
    return process;
  }

  async erase(account: string): Promise<void> {
    this.erased.push(account);
  }

  /** The newest one. */
  get process(): ScriptedProcess {
    const process = this.processes.at(-1);
    if (!process) throw new Error("no process was made");
    return process;
  }

  deliver(account: string, command: Command): Delivered {
    const text = command.op === "send" ? command.body.text : "";
    const message = { account, conv: command.conv, txn: command.txn, text, id: `m${this.delivered.length + 1}`, ts: this.clock.now() };
    this.delivered.push(message);
    return message;
  }

  nextFate(): Fate {
    return (this.fates.length > 1 ? this.fates.shift() : this.fates[0]) ?? "acked";
  }
}

export class ScriptedProcess extends EventEmitter implements AccountProcess {
  readonly isolated = true;
  readonly options: AccountProcessOptions;
  readonly services: HostServices;
  readonly #network: ScriptedNetwork;
  state: AccountState;
  resume: Resume | undefined;
  closed: string[] = [];
  stops: string[] = [];
  reconciled: Command[][] = [];
  #alive = false;
  readonly #hanging = new Set<(error: BridgeError) => void>();

  constructor(network: ScriptedNetwork, options: AccountProcessOptions) {
    super();
    this.#network = network;
    this.options = options;
    this.services = options.services;
    this.state = { state: "stopped", since: network.clock.now() };
  }

  start(): void {
    if (this.#alive) return;
    this.#alive = true;
    this.say({ state: "connecting" });
    queueMicrotask(() => this.emit("started", { pid: 1, isolated: true }));
  }

  async stop(why = "shutdown"): Promise<void> {
    this.stops.push(why);
    if (!this.#alive) return;
    this.#end();
    this.emit("exited", { reason: "asked to", expected: true, code: 0, signal: null });
    this.say({ state: "stopped" });
  }

  async connect(resume: Resume): Promise<void> {
    this.resume = resume;
    if (this.#network.refusal) throw this.#network.refusal;
    if (!this.#network.isDown) this.goOnline();
  }

  goOnline(): void {
    this.say({ state: "online", self: { id: "me", name: "Me" } });
  }

  /** The socket drops; the process lives. */
  drop(): void {
    this.say({ state: "backoff" });
    this.#reject({ code: "offline", sent: "maybe", message: "The connection broke." });
  }

  /** The child is killed; the supervisor starts another one. */
  die(): void {
    this.#end();
    this.say({ state: "backoff" });
    this.emit("exited", { reason: "was ended by SIGKILL", expected: false, code: null, signal: "SIGKILL" });
    this.start();
  }

  async execute(command: Command): Promise<SendResult> {
    if (!this.#alive) throw offline("no");
    const network = this.#network;
    network.executed.push(command);
    network.onExecute?.(command, this);
    return this.#meet(network.nextFate(), command);
  }

  async reconcile(commands: Command[]): Promise<Reconciled[]> {
    this.reconciled.push(commands);
    const { archive, delivered } = this.#network;
    if (archive === "fails") throw new BridgeError({ code: "internal", sent: "maybe", message: "no archive" });
    if (archive === "silent") return [];
    return commands.map(({ txn, conv }) => {
      if (archive === "unknown") return { txn, found: "cannot-know" };
      const refs = delivered.filter((message) => message.txn === txn).map(({ id }) => ({ conv, id }));
      return refs.length > 0 ? { txn, found: "yes", refs } : { txn, found: "no" };
    });
  }

  open(target: string): Promise<ConvInfo> {
    if (!this.#alive) return Promise.reject(offline("no"));
    return this.#network.openResult(target, this);
  }

  async close(conv: string): Promise<void> {
    if (!this.#alive) throw offline("no");
    this.closed.push(conv);
  }

  async split(_conv: string, text: string): Promise<string[]> {
    if (!this.#alive) throw offline("no");
    const length = this.#network.partLength;
    return Array.from({ length: Math.ceil(text.length / length) }, (_, n) => text.slice(n * length, (n + 1) * length));
  }

  async command(call: CommandCall): Promise<CommandAnswer> {
    if (!this.#alive) throw offline("no");
    return { text: `${call.name}(${call.args}) in ${call.conv ?? "nothing"}` };
  }

  say(change: Omit<AccountState, "since" | "link">): void {
    const isConnected = change.state === "online" || change.state === "catching-up" || change.state === "degraded";
    this.state = { ...change, since: this.#network.clock.now(), link: isConnected ? this.#network.link : undefined };
    this.services.state(this.state);
  }

  /** Like `PluginProcess`: the link of events is the one that was measured. */
  ingest(batch: Batch): Promise<{ inserted: number; duplicates: number }> {
    const { link } = this.#network;
    const corrected = (sec: SecurityFacts): SecurityFacts => ({
      ...sec,
      link: { ...link, ...(sec.link.mechanism ? { mechanism: sec.link.mechanism } : {}) },
    });
    return this.services.ingest({ ...batch, events: batch.events.map((event) => ({ ...event, sec: corrected(event.sec) })) });
  }

  /** Our message comes back from the network. */
  echo({ conv, id, txn, text, ts }: Delivered): Promise<unknown> {
    return this.ingest({ source: "live", events: [message(conv, text, { id, key: id, ts, from: "self", txn })] });
  }

  #meet(fate: Fate, command: Command): Promise<SendResult> {
    const arrives = !["maybe-lost", "offline", "forbidden", "hangs-lost"].includes(fate);
    const arrived = arrives ? this.#network.deliver(this.options.account, command) : undefined;
    switch (fate) {
      case "acked":
        return Promise.resolve({ state: "acked", refs: [{ conv: command.conv, id: arrived?.id ?? "" }], ts: arrived?.ts, sec: SEC });
      case "echoed":
        queueMicrotask(() => arrived && void this.echo(arrived).catch(() => undefined));
        return Promise.resolve({ state: "accepted" });
      case "swallowed":
        return Promise.resolve({ state: "accepted" });
      case "maybe-delivered":
      case "maybe-lost":
        return Promise.reject(new BridgeError({ code: "internal", sent: "maybe", message: "Nobody knows." }));
      case "offline":
        return Promise.reject(offline("no"));
      case "forbidden":
        return Promise.reject(new BridgeError({ code: "forbidden", sent: "no", message: "You may not write here." }));
      default:
        return new Promise((_, reject) => this.#hanging.add(reject));
    }
  }

  #end(): void {
    this.#alive = false;
    this.#reject({ code: "offline", sent: "maybe", message: "The bridge's process ended." });
  }

  #reject(data: BridgeError["data"]): void {
    for (const reject of this.#hanging) reject(new BridgeError(data));
    this.#hanging.clear();
  }
}

const offline = (sent: "no" | "maybe") => new BridgeError({ code: "offline", sent, message: "The network does not answer." });

/** Says of the link what nobody measured: it must count for nothing. */
export const SEC: SecurityFacts = { link: { kind: "noise", verified: true, measuredBy: "plugin" }, source: "live" };

type Message = Extract<Inbound, { kind: "message" }>;

export function message(conv: string, text: string, more: Partial<Message> & { id: string }): Inbound {
  return { kind: "message", conv, key: more.id, ts: 0, from: "alice", style: "text", sec: SEC, body: { text }, ...more };
}

export function introduce(info: ConvInfo): Inbound {
  const { id, ...patch } = info;
  return { kind: "conv", conv: id, key: `conv:${id}`, ts: 0, sec: SEC, patch };
}
