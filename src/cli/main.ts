import { readFileSync } from "node:fs";
import { basename, relative } from "node:path";
import { protect } from "./arguments.ts";
import { HomeportError } from "../api/errors.ts";
import { exitCodeOf, failureText } from "./failure.ts";
import { nodeEntry } from "./node-entry.ts";
import { outputTo } from "./output.ts";
import { program } from "./program.ts";
import type { Shell } from "./shell.ts";
import { terminalOf } from "./terminal.ts";

const MAX_WIDTH = 120;
const INTERRUPTED = 130;
/** Milliseconds. */
const ORPHAN_CHECK = 500;

/** Runs the command line of this process and ends it. */
export async function main(argv: readonly string[]): Promise<never> {
  const unread = new AbortController();
  const shell = shellOf(process, interruptSignal(), unread);
  const json = beforeDashes(argv).includes("--json");
  let exitCode = 0;
  try {
    await program(shell, Math.min(process.stdout.columns || MAX_WIDTH, MAX_WIDTH)).parseAsync(protect(argv));
  } catch (error) {
    exitCode = exitCodeOf(error);
    // Whoever closed the pipe knows why, and has nobody to tell it to.
    if (unread.signal.aborted) exitCode = 0;
    else await shell.stderr.write(`${failureText(error, json)}\n`);
  }
  process.exit(exitCode);
}

function shellOf(self: NodeJS.Process, interrupt: AbortSignal, unread: AbortController): Shell {
  const stdout = outputTo(self.stdout, () => unread.abort(new HomeportError("cancelled", "Nobody reads the output any more.")));
  const screen = Boolean(self.stdout.isTTY);
  return {
    version: version(),
    command: commandOf(self.argv[1] ?? "homeport"),
    env: self.env,
    stdin: self.stdin,
    stdout,
    stderr: outputTo(self.stderr, () => undefined),
    screen,
    colour: screen && !self.env.NO_COLOR && self.env.TERM !== "dumb",
    terminal: terminalOf(self.stdin, self.stderr, () => self.kill(self.pid, "SIGINT")),
    interrupt,
    signal: AbortSignal.any([interrupt, unread.signal]),
    node: nodeEntry,
  };
}

/** The second signal ends the process at once. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort(new HomeportError("cancelled", "Interrupted."));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, interrupt);
  // `bin/homeport.js` under an older Node holds this channel: without it, nobody would end a daemon that it started.
  if (process.channel) process.once("disconnect", interrupt).channel?.unref();
  if (process.env.npm_lifecycle_event !== undefined) whenOrphaned(interrupt);
  return controller.signal;
}

/** npm runs a script in a shell that passes no signal on: without it, nobody would end a daemon that npm started. */
function whenOrphaned(run: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    run();
  }, ORPHAN_CHECK);
  timer.unref();
}

function version(): string {
  const { version: text } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  return text;
}

/** As the person would type it: by name where it is installed, by path in a checkout. */
function commandOf(script: string): string {
  const installed = basename(script) === "homeport" || script.includes("node_modules");
  return installed ? "homeport" : `node ${relative(process.cwd(), script) || script}`;
}

function beforeDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end === -1 ? argv : argv.slice(0, end);
}

await main(process.argv.slice(2));
