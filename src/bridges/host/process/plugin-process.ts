import { EventEmitter } from "node:events";
import { mkdirSync } from "node:fs";
import type { AccountState, Command, ConvId, Manifest, Plugin, Resume } from "../../contract/index.ts";
import { BridgeError } from "../../kit/bridge-error.ts";
import type { HostNotes, PluginCalls } from "../../kit/wire/methods.ts";
import { ChildRun, type RunCall, type RunEnd } from "./child-run.ts";
import { MeasuredLinks } from "./links.ts";
import { redactor } from "./redact.ts";
import { childCommand } from "./sandbox.ts";
import type { PluginResults } from "./schema.ts";
import { afterCrash, type CrashHistory, NO_CRASHES } from "./supervision.ts";
import { type PluginProcessEvents, type PluginProcessOptions, type Timing, TIMING } from "./types.ts";

type StateChange = Omit<AccountState, "since" | "link">;

const nothingHidden = (text: string): string => text;

/** States in which the newest connection is the one that messages take. */
const CONNECTED: ReadonlySet<string> = new Set(["catching-up", "online", "degraded"]);

/**
 * The plugin of one account in a process of its own: started, watched, and started again after a crash. Its methods are
 * the contract's, with a deadline each; they reject with a `BridgeError`, `offline` while no process is ready.
 */
export class PluginProcess extends EventEmitter<PluginProcessEvents> {
  readonly #options: PluginProcessOptions;
  readonly #timing: Timing;
  #run: ChildRun | undefined;
  #links = new MeasuredLinks();
  #history: CrashHistory = NO_CRASHES;
  #startedAt = 0;
  #cancelRestart: (() => void) | undefined;
  #stopping: Promise<void> | undefined;
  #redact: (text: string) => string = nothingHidden;
  #state: AccountState;

  constructor(options: PluginProcessOptions) {
    super();
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    this.#state = { state: "stopped", since: options.clock.now() };
  }

  get manifest(): Manifest {
    return this.#options.manifest;
  }

  get state(): AccountState {
    return this.#state;
  }

  get isolated(): boolean {
    return this.#options.isolation.isolated;
  }

  /** Of the process that runs the plugin. */
  get pid(): number | undefined {
    return this.#run?.pid;
  }

  /** Of everything that belongs to the running child, for measuring. */
  get tree(): number[] {
    return this.#run?.tree() ?? [];
  }

  /** Nothing if it runs already. Forgets former crashes: this is how a person lifts a quarantine. */
  start(): void {
    if (this.#stopping !== undefined) {
      void this.#stopping.then(() => this.start());
      return;
    }
    this.#cancelRestart?.();
    if (this.#run !== undefined) return;
    this.#history = NO_CRASHES;
    this.#spawn();
  }

  /** Resolves once the process is gone, within 4 seconds. There is no restart until `start`. */
  stop(why: PluginCalls["disconnect"]["why"] = "shutdown"): Promise<void> {
    this.#stopping ??= this.#stop(why).finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  /** Its secret fields are kept out of the log from now on. */
  connect(resume: Resume): Promise<void> {
    this.#redact = redactor(this.#options.manifest, resume.config);
    return this.#call("connect", resume, { deadline: this.#timing.connect });
  }

  disconnect(why: PluginCalls["disconnect"]["why"]): Promise<void> {
    return this.#call("disconnect", { why }, { deadline: this.#timing.disconnect, urgent: true });
  }

  /** `sent: "no"` where the command never left this process; when the child ended with it, `offline` and `sent: "maybe"`. */
  async execute(command: Command, signal?: AbortSignal): Promise<PluginResults["execute"]> {
    const result = await this.#call("execute", command, { deadline: this.#timing.execute, signal });
    return result.state === "acked" ? { ...result, sec: this.#links.correct(result.sec) } : result;
  }

  async reconcile(commands: Command[]): Promise<PluginResults["reconcile"]> {
    const results = await this.#call("reconcile", commands, { deadline: this.#timing.reconcile });
    const asked = new Set(commands.map((command) => command.txn));
    return results
      .filter(({ txn }) => asked.delete(txn))
      .map((one) => (one.found === "yes" && one.sec !== undefined ? { ...one, sec: this.#links.correct(one.sec) } : one));
  }

  open(target: string): Promise<PluginResults["open"]> {
    return this.#call("open", { target }, this.#short());
  }

  close(conv: ConvId): Promise<void> {
    return this.#call("close", { conv }, this.#short());
  }

  split(conv: ConvId, text: string, style: PluginCalls["split"]["style"]): Promise<string[]> {
    return this.#call("split", { conv, text, style }, this.#short());
  }

  list(what: PluginCalls["list"]["what"], query?: string): Promise<PluginResults["list"]> {
    return this.#call("list", { what, query }, this.#short());
  }

  async history(query: PluginCalls["history"]): Promise<PluginResults["history"]> {
    const { batch, more } = await this.#call("history", query, this.#short());
    return { batch: this.#links.correctBatch(batch), more };
  }

  command(call: PluginCalls["command"]): Promise<PluginResults["command"]> {
    return this.#call("command", call, this.#short());
  }

  health(): ReturnType<Plugin["health"]> {
    return this.#call("health", null, { deadline: this.#timing.ping });
  }

  #short(): RunCall {
    return { deadline: this.#timing.call };
  }

  async #call<M extends keyof PluginCalls>(method: M, params: PluginCalls[M], options: RunCall): Promise<PluginResults[M]> {
    if (this.#run !== undefined) return this.#run.call(method, params, options);
    throw new BridgeError({ code: "offline", sent: "no", message: "The bridge is not running." });
  }

  #spawn(): void {
    const { clock } = this.#options;
    this.#startedAt = clock.now();
    this.#links = new MeasuredLinks();
    this.#setState({ state: "connecting" });
    try {
      this.#run = this.#newRun();
    } catch (error) {
      const reason = `could not be started: ${error instanceof Error ? error.message : String(error)}`;
      this.#onEnd({ reason, expected: false, code: null, signal: null });
      return;
    }
    const run = this.#run;
    void run.ended.then((end) => {
      this.#run = undefined;
      this.#onEnd(end);
    });
  }

  #newRun(): ChildRun {
    const { manifest, isolation, dataDir, services, egress, clock } = this.#options;
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return new ChildRun({
      command: childCommand(isolation, this.#options, manifest.needs.maxRssMb),
      maxRssMb: manifest.needs.maxRssMb,
      timing: this.#timing,
      clock,
      services,
      egress,
      links: this.#links,
      redact: (text) => this.#redact(text),
      state: (state) => this.#onPluginState(state),
      hello: (pid) => this.emit("started", { pid, isolated: this.isolated }),
    });
  }

  async #stop(why: PluginCalls["disconnect"]["why"]): Promise<void> {
    this.#cancelRestart?.();
    this.#cancelRestart = undefined;
    await this.#run?.stop(why);
    this.#redact = nothingHidden;
    this.#setState({ state: "stopped" });
  }

  #onEnd(end: RunEnd): void {
    if (end.expected || this.#stopping !== undefined) {
      this.emit("exited", { ...end, expected: true });
      return;
    }
    const { clock, random, services } = this.#options;
    const now = clock.now();
    const { history, next } = afterCrash(this.#history, { startedAt: this.#startedAt, now }, random(), this.#timing);
    this.#history = history;
    services.log("error", "a bridge's process ended", { reason: end.reason, crashes: history.crashes.length });
    if (next === "quarantine") this.#quarantine(end);
    else this.#restartIn(next.restartIn, end);
  }

  #restartIn(ms: number, end: RunEnd): void {
    const { clock } = this.#options;
    this.#cancelRestart = clock.after(ms, () => {
      this.#cancelRestart = undefined;
      this.#spawn();
    });
    this.#setState({ state: "backoff", error: crashed(end.reason), retryAt: clock.now() + ms });
    this.emit("exited", { ...end, restartIn: ms });
  }

  #quarantine(end: RunEnd): void {
    this.#setState({ state: "quarantined", error: crashed(end.reason) });
    this.emit("exited", end);
    this.emit("quarantined", { reason: end.reason });
  }

  /** What only the supervisor can say is not believed. */
  #onPluginState(state: HostNotes["state"]): void {
    if (state.state === "quarantined" || state.state === "stopped" || this.#stopping !== undefined) return;
    const error = state.error && { ...state.error, message: this.#redact(state.error.message) };
    this.#setState({ ...state, error, self: state.self ?? this.#state.self });
  }

  #setState(change: StateChange): void {
    const since = change.state === this.#state.state ? this.#state.since : this.#options.clock.now();
    const link = CONNECTED.has(change.state) ? this.#links.newest : undefined;
    this.#state = { ...change, since, link };
    this.#options.services.state(this.#state);
    this.emit("stateChanged", this.#state);
  }
}

function crashed(reason: string): AccountState["error"] {
  return { code: "internal", sent: "no", message: `The bridge's process crashed: ${reason}`, action: "none" };
}
