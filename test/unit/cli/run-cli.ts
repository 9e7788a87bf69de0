import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../../bin/homeport.js", import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  data?: string | undefined;
  input?: string | Uint8Array;
  env?: Record<string, string>;
}

function begin(args: string[], { data, env = {} }: RunOptions): ChildProcess {
  const named = data === undefined ? {} : { HOMEPORT_DATA: data };
  // In a session of its own, it has no terminal, wherever the tests run.
  return spawn(process.execPath, [BIN, ...args], {
    detached: true,
    env: { PATH: process.env.PATH, HOME: "/nonexistent", ...named, ...env },
  });
}

/** Runs the command line as a process, to its end. */
export async function runCli(args: string[], options: RunOptions = {}): Promise<Ended> {
  const child = begin(args, options);
  const ended = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (ended.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (ended.stderr += text));
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input ?? "");
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...ended };
}

export interface Running {
  child: ChildProcess;
  /** The next line of stdout; undefined after the last one. Nothing is read before the first is asked for. */
  line: () => Promise<string | undefined>;
  ended: Promise<{ code: number | null; stderr: string }>;
}

export function startCli(args: string[], options: RunOptions = {}): Running {
  const child = begin(args, options);
  const { stdout } = child;
  if (stdout === null) throw new TypeError("no stdout");
  let lines: AsyncIterator<string> | undefined;
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, stderr }));
  return {
    child,
    ended,
    async line() {
      lines ??= createInterface({ input: stdout })[Symbol.asyncIterator]();
      const next = await lines.next();
      return next.done === true ? undefined : next.value;
    },
  };
}

/** The one JSON value of stdout; anything else there is an error. */
export const json = (ended: Ended): unknown => JSON.parse(ended.stdout);

/** The error object of stderr. */
export const failure = (ended: { stderr: string }): { code: string; message: string } =>
  JSON.parse(ended.stderr) as { code: string; message: string };
