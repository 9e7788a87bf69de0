import type { NodeEntry } from "./node-entry.ts";
import type { Output } from "./output.ts";
import type { Terminal } from "./terminal.ts";

/** The process as the commands see it. */
export interface Shell {
  /** Of Homeport. */
  version: string;
  /** How the person runs this program, e.g. `homeport`, for commands that are shown to be copied. */
  command: string;
  env: Readonly<Record<string, string | undefined>>;
  stdin: AsyncIterable<Uint8Array>;
  stdout: Output;
  stderr: Output;
  /** Whether stdout is a terminal, and whether it shows ANSI colours. */
  screen: boolean;
  colour: boolean;
  terminal: Terminal;
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  interrupt: AbortSignal;
  /** Aborted by these, and when nobody reads stdout any more. */
  signal: AbortSignal;
  node: NodeEntry;
}

/** Options that every command takes. */
export interface Globals {
  data?: string | undefined;
  json?: boolean | undefined;
  /** Seconds. */
  timeout?: number | undefined;
}
