import type { NodeEntry } from "./node-entry.ts";
import type { Output } from "./output.ts";
import type { Terminal } from "./terminal.ts";

/** The process as the commands see it. */
export interface Shell {
  /** Of Homeport. */
  version: string;
  env: Readonly<Record<string, string | undefined>>;
  stdin: AsyncIterable<Uint8Array>;
  stdout: Output;
  stderr: Output;
  terminal: Terminal;
  /** Aborted by SIGINT, SIGTERM, SIGHUP, and when nobody reads stdout any more. */
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
