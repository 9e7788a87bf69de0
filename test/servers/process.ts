import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isRoot, runFolder, UNPRIVILEGED } from "./folders.ts";
import { untilListening } from "./ports.ts";

const START_MS = 30_000;
const STOP_MS = 5_000;
/** Ends the child with its parent, however the parent ends. Of util-linux, so on every Linux. */
const SETPRIV = "/usr/bin/setpriv";

export interface Recipe {
  name: string;
  command: string;
  args: (folder: string) => string[];
  env?: Record<string, string> | undefined;
  /** It is up when all of them take connections. */
  ports?: readonly number[] | undefined;
}

const running = new Set<ServerProcess>();
process.on("exit", () => {
  for (const server of running) server.abandon();
});

/**
 * A real server as a child process, as `nobody` where the tests are root, in a temporary folder of its own. It may be ended
 * and started again on the same ports; with `await using` it is ended and its folder removed.
 */
export class ServerProcess implements AsyncDisposable {
  readonly folder: string;
  readonly #recipe: Recipe;
  #child: ChildProcess | undefined;

  constructor(recipe: Recipe) {
    this.#recipe = recipe;
    this.folder = runFolder(recipe.name);
    running.add(this);
  }

  get pid(): number {
    if (!this.#child?.pid) throw new Error(`${this.#recipe.name} is not running`);
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Writes a file of the server's own: readable by it and nobody else. */
  write(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    if (isRoot) chownSync(path, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
    return path;
  }

  /** What it printed, over all starts. */
  log(): string {
    const path = join(this.folder, "output.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Resolves when every port takes connections. */
  async start(): Promise<void> {
    if (this.isRunning) throw new Error(`${this.#recipe.name} is running`);
    const child = this.#spawn();
    this.#child = child;
    const failed: Error[] = [];
    child.once("error", (error) => failed.push(error));
    await untilListening(this.#recipe.ports ?? [], START_MS, () => {
      if (failed.length > 0 || !this.isRunning) throw this.#startError(failed[0]);
    });
  }

  /** SIGTERM, and SIGKILL after 5 seconds. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** SIGKILL: nothing of its memory is saved. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    running.delete(this);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Without waiting, when this process ends. */
  abandon(): void {
    this.#child?.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  #spawn(): ChildProcess {
    const { command, args, env } = this.#recipe;
    const guarded = existsSync(SETPRIV) ? [SETPRIV, ...guard(), command] : [command];
    const output = openSync(join(this.folder, "output.log"), "a");
    try {
      return spawn(guarded[0] ?? command, [...guarded.slice(1), ...args(this.folder)], {
        cwd: this.folder,
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: this.folder, LC_ALL: "C.UTF-8", ...env },
        stdio: ["ignore", output, output],
        ...(isRoot && !existsSync(SETPRIV) ? UNPRIVILEGED : {}),
      });
    } finally {
      closeSync(output);
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || !this.isRunning) return;
    const gone = once(child, "exit");
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await gone;
    clearTimeout(timer);
  }

  #startError(cause: Error | undefined): Error {
    const { name } = this.#recipe;
    const how = cause ? cause.message : String(this.#child?.exitCode ?? this.#child?.signalCode);
    return new Error(`${name} did not start (exit ${how}):\n${this.log().slice(-2000)}`, { cause });
  }
}

function guard(): string[] {
  const user = isRoot ? ["--reuid", String(UNPRIVILEGED.uid), "--regid", String(UNPRIVILEGED.gid), "--clear-groups"] : [];
  return ["--pdeathsig", "KILL", ...user];
}

/** Polls until `probe` gives something, for what a server tells no other way. */
export async function until<T>(what: string, probe: () => T | undefined | Promise<T | undefined>, timeoutMs = 10_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await sleep(20);
  }
}
