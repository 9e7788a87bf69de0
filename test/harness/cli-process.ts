import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const BIN = fileURLToPath(new URL("../../bin/homeport.js", import.meta.url));
/** Ends the child with its parent, however the parent ends. Of util-linux, so on every Linux. */
const SETPRIV = "/usr/bin/setpriv";
/** Milliseconds until a wait is given up: far above what is waited for on a busy machine, and no measure of it. */
export const PATIENCE = 60_000;
/** By the public interface. */
const STOP_LIMIT = 5_000;

export interface Ended {
  /** Null where a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  env: Readonly<Record<string, string>>;
  /** Of stdin; without it stdin is empty. */
  input?: string | undefined;
  /** Default: `bin/homeport.js` under this Node. */
  command?: readonly string[] | undefined;
  cwd?: string | undefined;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) killAll(child);
});

/** One run of the command line as a process: what it printed, line by line, and how it ended. */
export class CliProcess implements AsyncDisposable {
  readonly ended: Promise<Ended>;
  /** Whole lines of stdout so far. */
  readonly lines: string[] = [];
  stderr = "";
  readonly #child: ChildProcess;
  readonly #args: readonly string[];
  #stdout = "";
  #rest = "";
  #over = false;
  #wake: () => void = () => undefined;
  #changed = this.#nextChange();

  constructor(args: readonly string[], { env, input = "", command = [process.execPath, BIN], cwd }: CliOptions) {
    this.#args = args;
    const guarded = [...(existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "KILL"] : []), ...command, ...args];
    // In a session of its own, it has no terminal, wherever the tests run.
    this.#child = spawn(guarded[0] as string, guarded.slice(1), { detached: true, env, ...(cwd === undefined ? {} : { cwd }) });
    running.add(this.#child);
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#take(text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => this.#hear(text));
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stdin?.end(input);
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => resolve(this.#end(code, signal)));
    });
    this.ended.catch(() => undefined);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("it did not start");
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return !this.#over;
  }

  /** What it printed so far, one JSON value a line. */
  events<T>(): T[] {
    return this.lines.map((line) => JSON.parse(line) as T);
  }

  /** The first line, of those that came and those to come, whose JSON value fits. */
  async until<T>(what: string, fits: (event: T) => boolean, timeoutMs = PATIENCE): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (let at = 0; ; ) {
      for (; at < this.lines.length; at++) {
        const event = JSON.parse(this.lines[at] as string) as T;
        if (fits(event)) return event;
      }
      if (this.#over) throw this.#missing(what, "it ended");
      if (!(await this.#within(deadline))) throw this.#missing(what, `not within ${timeoutMs} ms`);
    }
  }

  /** As `until`, for a text on stderr. */
  async untilStderr(what: string, fits: (stderr: string) => boolean, timeoutMs = PATIENCE): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!fits(this.stderr)) {
      if (this.#over) throw this.#missing(what, "it ended");
      if (!(await this.#within(deadline))) throw this.#missing(what, `not within ${timeoutMs} ms`);
    }
  }

  signal(name: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(name);
  }

  /** SIGKILL, to what it started too; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.isRunning) killAll(this.#child);
    await this.ended;
  }

  /** SIGTERM; resolves with the milliseconds that it took. Throws where it had to be killed. */
  async stop(): Promise<number> {
    const begun = performance.now();
    this.signal("SIGTERM");
    const late = setTimeout(() => void this.kill(), 3 * STOP_LIMIT);
    const { signal } = await this.ended;
    clearTimeout(late);
    if (signal === "SIGKILL") throw this.#missing("an end by SIGTERM", "it had to be killed");
    return performance.now() - begun;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #take(text: string): void {
    this.#stdout += text;
    const parts = (this.#rest + text).split("\n");
    this.#rest = parts.pop() ?? "";
    this.lines.push(...parts);
    this.#tell();
  }

  #hear(text: string): void {
    this.stderr += text;
    this.#tell();
  }

  #end(code: number | null, signal: NodeJS.Signals | null): Ended {
    running.delete(this.#child);
    this.#over = true;
    this.#tell();
    return { code, signal, stdout: this.#stdout, stderr: this.stderr };
  }

  #tell(): void {
    const wake = this.#wake;
    this.#changed = this.#nextChange();
    wake();
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** False where the time is up before anything changes. */
  async #within(deadline: number): Promise<boolean> {
    const left = deadline - Date.now();
    if (left <= 0) return false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), left);
    });
    const changed = await Promise.race([this.#changed.then(() => true), late]);
    clearTimeout(timer);
    return changed;
  }

  #missing(what: string, why: string): Error {
    const said = `its last lines:\n${this.lines.slice(-10).join("\n")}\nstderr:\n${this.stderr.slice(-4000)}`;
    return new Error(`homeport ${this.#args.join(" ")}: no ${what}, ${why}; ${said}`);
  }
}

/** The child leads a group of its own. */
function killAll({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
