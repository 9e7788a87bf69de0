import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type {
  Command,
  CommandAnswer,
  CommandCall,
  ConvId,
  ConvInfo,
  Manifest,
  Plugin,
  PluginFactory,
  Reconciled,
  SendResult,
} from "../../src/bridges/contract/index.ts";
import { createEgress, declaredHosts, type EgressPolicy } from "../../src/bridges/host/egress/index.ts";
import { residentBytes } from "../../src/bridges/host/process/proc.ts";
import { codeLayout, type Isolation, PluginProcess } from "../../src/bridges/host/process/index.ts";
import type { Clock } from "../../src/sync/ports.ts";
import { MemoryHost } from "./memory-host.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** One account of a plugin. */
export interface AccountUnderTest {
  manifest: Manifest;
  /** Folder below `src/bridges`. */
  network: string;
  /** The plugin's module, below the project. */
  module: string;
  config: Record<string, string>;
  /** What the broker checks certificates with, and how it goes out. */
  policy: Omit<EgressPolicy, "declared" | "ownPorts">;
}

/** A plugin with a host that outlives it, in whatever it runs. */
export interface PluginUnderTest extends AsyncDisposable {
  readonly host: MemoryHost;
  readonly account: AccountUnderTest;
  /** As after a restart of the host: with the state and the conversations that the host has kept. Resolves before the network is reached. */
  start(): Promise<void>;
  /** At once and without goodbye, as by SIGKILL. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  execute(command: Command, signal?: AbortSignal): Promise<SendResult>;
  reconcile(commands: Command[]): Promise<Reconciled[]>;
  /** Remembered by the host, as a conversation that the person has open. */
  open(target: string): Promise<ConvInfo>;
  close(conv: ConvId): Promise<void>;
  split(conv: ConvId, text: string, style: "text" | "action" | "notice"): Promise<string[]>;
  command(call: CommandCall): Promise<CommandAnswer>;
  /** MiB of resident memory, where the plugin is a process of its own. */
  rssMb(): number | undefined;
}

type Calls = Pick<Plugin, "execute" | "reconcile" | "open" | "close" | "split" | "command">;

/** What both kinds of running have in common. */
abstract class Running implements PluginUnderTest {
  readonly host = new MemoryHost();
  readonly account: AccountUnderTest;
  readonly #open = new Set<ConvId>();

  constructor(account: AccountUnderTest) {
    this.account = account;
  }

  abstract start(): Promise<void>;
  abstract kill(): Promise<void>;
  abstract stop(): Promise<void>;
  abstract rssMb(): number | undefined;
  protected abstract get calls(): Calls;

  execute(command: Command, signal: AbortSignal = new AbortController().signal): Promise<SendResult> {
    return this.calls.execute(command, signal);
  }

  reconcile(commands: Command[]): Promise<Reconciled[]> {
    return this.calls.reconcile(commands);
  }

  async open(target: string): Promise<ConvInfo> {
    const info = await this.calls.open(target);
    this.#open.add(info.id);
    return info;
  }

  async close(conv: ConvId): Promise<void> {
    this.#open.delete(conv);
    await this.calls.close(conv);
  }

  split(conv: ConvId, text: string, style: "text" | "action" | "notice"): Promise<string[]> {
    return this.calls.split(conv, text, style);
  }

  async command(call: CommandCall): Promise<CommandAnswer> {
    const answer = await this.calls.command?.(call);
    if (!answer) throw new Error("the plugin knows no commands");
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  protected resume() {
    return this.host.resume(this.account.config, [...this.#open]);
  }

  protected egress() {
    const { manifest, config, policy } = this.account;
    return createEgress({ declared: declaredHosts(manifest, config), ownPorts: () => [], ...policy });
  }
}

/** The plugin as an object of this process: quick, and with a world of the test's making. A kill cuts its sockets and its host. */
export class InProcess extends Running {
  readonly #factory: PluginFactory;
  #plugin: Plugin | undefined;
  #life = new AbortController();

  constructor(account: AccountUnderTest, factory: PluginFactory) {
    super(account);
    this.#factory = factory;
  }

  async start(): Promise<void> {
    this.#life = new AbortController();
    this.#plugin = this.#factory(this.host.facade(this.egress(), this.#life.signal));
    await this.#plugin.connect(this.resume());
  }

  async kill(): Promise<void> {
    const plugin = this.#plugin;
    this.#plugin = undefined;
    this.#life.abort();
    // Its timers would outlive it here; it can reach nobody any more.
    await plugin?.disconnect("shutdown");
  }

  async stop(): Promise<void> {
    await this.#plugin?.disconnect("shutdown");
    this.#plugin = undefined;
  }

  rssMb(): undefined {
    return undefined;
  }

  protected get calls(): Calls {
    if (!this.#plugin) throw new Error("the plugin is not running");
    return this.#plugin;
  }
}

const clock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** The plugin as users run it: a child process, isolated where that works. */
export class InChild extends Running {
  readonly #isolation: Isolation;
  readonly #folder: string;
  #process: PluginProcess | undefined;

  constructor(account: AccountUnderTest, isolation: Isolation) {
    super(account);
    this.#isolation = isolation;
    this.#folder = mkdtempSync(join(tmpdir(), "homeport-plugin-"));
  }

  async start(): Promise<void> {
    const { manifest, module, network } = this.account;
    const dataDir = join(this.#folder, "data");
    mkdirSync(dataDir, { recursive: true });
    const code = codeLayout(network);
    const read = code.read.includes(module) || module.startsWith("src/") ? code.read : [...code.read, module];
    const started = Promise.withResolvers<void>();
    this.#process = new PluginProcess({
      account: "account-under-test",
      manifest,
      module: join(ROOT, module),
      code: { ...code, read: read.map((path) => (path.startsWith("/") ? relative(ROOT, path) : path)) },
      dataDir,
      isolation: this.#isolation,
      services: this.host.services(),
      egress: this.egress(),
      clock,
      random: () => 0.5,
    });
    this.#process.once("started", () => started.resolve());
    this.#process.once("exited", ({ reason }) => started.reject(new Error(`the plugin's process ended: ${reason}`)));
    this.#process.start();
    await started.promise;
    await this.#process.connect(this.resume());
  }

  /** The host would start it again by itself; the test decides when. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (!process?.pid) return;
    const gone = new Promise<void>((resolve) => void process.once("exited", () => resolve()));
    globalThis.process.kill(process.pid, "SIGKILL");
    await gone;
    await process.stop();
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  rssMb(): number | undefined {
    return this.#process && residentBytes(this.#process.tree) / (1024 * 1024);
  }

  protected get calls(): Calls {
    const process = this.#process;
    if (!process) throw new Error("the plugin is not running");
    return {
      execute: (command, signal) => process.execute(command, signal),
      reconcile: (commands) => process.reconcile(commands),
      open: (target) => process.open(target),
      close: (conv) => process.close(conv),
      split: (conv, text, style) => process.split(conv, text, style),
      command: (call) => process.command(call),
    };
  }
}
