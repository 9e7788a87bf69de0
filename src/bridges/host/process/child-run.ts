import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import type { z } from "zod";
import type { Clock } from "../../../sync/ports.ts";
import { BridgeError } from "../../kit/bridge-error.ts";
import { Connection } from "../../kit/wire/connection.ts";
import type { PluginCalls } from "../../kit/wire/methods.ts";
import { ChildCalls, type ChildCallsOptions } from "./child-calls.ts";
import { watchHealth, watchMemory } from "./watch.ts";
import { processTree } from "./proc.ts";
import type { ChildCommand } from "./sandbox.ts";
import { check, type PluginResults, RESULT_SCHEMAS } from "./schema.ts";
import { StderrTail, tellingLine } from "./stderr-tail.ts";
import type { Timing } from "./types.ts";

/** Frames of the child that are read at once and each second. */
const FRAME_RATE = { burst: 20_000, perSecond: 20_000 };
/** Milliseconds that a child may take to be gone after its connection closed by itself. */
const CLOSE_GRACE = 1_000;
/** Milliseconds from the end of the process to the end of its standard error. */
const DRAIN_GRACE = 500;

export interface ChildRunOptions extends Pick<ChildCallsOptions, "services" | "egress" | "links" | "redact" | "state"> {
  command: ChildCommand;
  /** MiB. */
  maxRssMb: number;
  timing: Timing;
  clock: Clock;
  hello: (pid: number) => void;
}

export interface RunEnd {
  reason: string;
  expected: boolean;
  code: number | null;
  signal: string | null;
}

export interface RunCall {
  /** Milliseconds. */
  deadline: number;
  signal?: AbortSignal | undefined;
  urgent?: boolean | undefined;
}

/** One child process from its start to its end. */
export class ChildRun {
  /** Settles once the process is gone and everything of it is cleaned up. */
  readonly ended: Promise<RunEnd>;
  readonly #options: ChildRunOptions;
  readonly #child: ChildProcess;
  readonly #connection: Connection;
  readonly #stderr: StderrTail;
  readonly #cancel: (() => void)[] = [];
  #ready = false;
  #stopping = false;
  #reason: string | undefined;

  constructor(options: ChildRunOptions) {
    this.#options = options;
    const { command, clock, timing } = options;
    this.#child = start(command);
    this.#stderr = new StderrTail(this.#child.stderr as Readable, clock);
    this.#connection = this.#connect(this.#child.stdio[3] as Duplex);
    this.ended = this.#end();
    this.#cancel.push(clock.after(timing.start, () => this.#ready || this.kill("did not start in time")));
    void this.#connection.closed.then((reason) => this.#onClosed(reason));
  }

  /** Of the process that runs the plugin, below bwrap; undefined once it is gone. */
  get pid(): number | undefined {
    return this.tree()[this.#options.command.depth];
  }

  /** All processes of this child. */
  tree(): number[] {
    const { pid, exitCode, signalCode } = this.#child;
    return pid === undefined || exitCode !== null || signalCode !== null ? [] : processTree(pid);
  }

  /** Rejects with a `BridgeError`; a result of a wrong form ends the child. */
  async call<M extends keyof PluginCalls>(method: M, params: PluginCalls[M], options: RunCall): Promise<PluginResults[M]> {
    if (!this.#ready) throw new BridgeError({ code: "offline", sent: "no", message: "The bridge is starting." });
    const value = await this.#connection.call(method, params, options);
    return this.#checked(method, value);
  }

  #checked<M extends keyof PluginCalls>(method: M, value: unknown): PluginResults[M] {
    const schema: z.ZodType<PluginResults[M]> = RESULT_SCHEMAS[method];
    try {
      return check(schema, method, value);
    } catch (error) {
      this.#violated(error instanceof Error ? error : new Error(String(error)));
      throw new BridgeError({ code: "internal", sent: "maybe", message: "The bridge gave an answer that makes no sense." });
    }
  }

  /** SIGKILL, and why. */
  kill(reason: string): void {
    this.#reason ??= reason;
    this.#connection.close(new Error(`The bridge's process was ended: it ${reason}.`));
    this.#child.kill("SIGKILL");
  }

  /** Good-bye to the network, then SIGTERM, then SIGKILL; resolves when the process is gone. */
  async stop(why: PluginCalls["disconnect"]["why"]): Promise<void> {
    const { timing, clock } = this.#options;
    this.#stopping = true;
    if (this.#ready) await this.#sayGoodbye(why, timing.disconnect);
    this.#connection.close(new Error("The bridge was stopped."));
    this.#terminate();
    const cancel = clock.after(timing.terminate, () => this.kill("did not stop when asked to"));
    await this.ended;
    cancel();
  }

  async #sayGoodbye(why: PluginCalls["disconnect"]["why"], deadline: number): Promise<void> {
    try {
      await this.call("disconnect", { why }, { deadline, urgent: true });
    } catch (error) {
      this.#options.services.log("warn", "the plugin did not disconnect well", {
        error: this.#options.redact(String(error)).slice(0, 300),
      });
    }
  }

  #terminate(): void {
    const { pid } = this;
    try {
      if (pid !== undefined) process.kill(pid, "SIGTERM");
    } catch {
      // Gone in between, or not ours to signal: its own parent's end takes it along.
      this.#child.kill("SIGTERM");
    }
  }

  #connect(socket: Duplex): Connection {
    const { hello, clock, ...rest } = this.#options;
    const calls = new ChildCalls({ ...rest, clock, hello: () => this.#onHello(hello), fatal: (message) => this.#onFatal(message) });
    const serve = calls.serve.bind(calls);
    const connection = new Connection(socket, { serve, note: (method, params) => calls.note(method, params), clock, frames: FRAME_RATE });
    calls.attach(connection);
    return connection;
  }

  #onHello(hello: (pid: number) => void): void {
    if (this.#ready || this.#stopping) return;
    this.#ready = true;
    const { timing, clock, maxRssMb } = this.#options;
    const ping = (): Promise<unknown> => this.call("health", null, { deadline: timing.ping * timing.misses * 2, urgent: true });
    const kill = (reason: string): void => this.kill(reason);
    this.#cancel.push(watchHealth({ ping, kill, clock, every: timing.ping, misses: timing.misses }));
    this.#cancel.push(watchMemory({ tree: () => this.tree(), kill, clock, every: timing.memoryCheck, maxMb: maxRssMb }));
    hello(this.pid ?? -1);
  }

  #onFatal(message: string): void {
    this.#reason ??= message.split("\n")[0]?.slice(0, 300);
    this.#options.services.log("error", "the plugin crashed", { error: this.#options.redact(message) });
  }

  #violated(error: Error): void {
    this.kill(`broke the protocol: ${error.message}`);
  }

  #onClosed(reason: Error): void {
    if (reason.name === "WireError") this.#violated(reason);
    else this.#cancel.push(this.#options.clock.after(CLOSE_GRACE, () => this.#stopping || this.kill("closed its connection")));
  }

  async #end(): Promise<RunEnd> {
    const { code, signal, failure } = await exitOf(this.#child, this.#options.clock);
    for (const cancel of this.#cancel) cancel();
    this.#connection.close(new Error("The bridge's process ended."));
    const reason = this.#reason ?? failure ?? describeExit(code, signal, this.#stderr.text());
    return { reason: this.#options.redact(reason), expected: this.#stopping, code, signal };
  }
}

function start({ command, args, env, cwd }: ChildCommand): ChildProcess {
  const child = spawn(command, args, { env, cwd, stdio: ["ignore", "ignore", "pipe", "pipe"] });
  // Out of descriptors, Node makes no streams and tells by an event.
  if (child.stdio === undefined) {
    child.on("error", () => undefined);
    throw new Error("there are no free file descriptors");
  }
  return child;
}

interface Exit {
  code: number | null;
  signal: string | null;
  failure?: string | undefined;
}

/** Waits for the rest of the standard error as well, but not for ever: a descendant may hold it. */
function exitOf(child: ChildProcess, clock: Clock): Promise<Exit> {
  return new Promise((resolve) => {
    child.once(
      "error",
      (error) => child.pid === undefined && resolve({ code: null, signal: null, failure: `could not be started: ${error.message}` }),
    );
    child.once("exit", (code, signal) => {
      const cancel = clock.after(DRAIN_GRACE, () => resolve({ code, signal }));
      child.once("close", () => {
        cancel();
        resolve({ code, signal });
      });
    });
  });
}

function describeExit(code: number | null, signal: string | null, stderr: string): string {
  const how = signal === null ? `ended with code ${code ?? "unknown"}` : `was ended by ${signal}`;
  const line = tellingLine(stderr);
  return line === undefined ? how : `${how}: ${line}`;
}
