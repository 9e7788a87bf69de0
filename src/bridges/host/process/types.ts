import type { Clock } from "../../../sync/ports.ts";
import type { AccountId, AccountState, Batch, Manifest, MsgRef, TxnId } from "../../contract/index.ts";
import type { Egress } from "../egress/index.ts";

export interface IngestResult {
  inserted: number;
  duplicates: number;
}

export interface LookupResult {
  txn?: TxnId | undefined;
  refs: MsgRef[];
}

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Record<string, string | number | boolean>;

/**
 * What one account's process asks of the host; one object for each account. Everything handed over is checked in shape and
 * size; `sec.link` of events is what the egress broker measured, not what the plugin said. What a method throws becomes the
 * plugin's `BridgeError`: its own if it is one, else `internal` without the cause's words.
 */
export interface HostServices {
  /** One transaction; resolves after the commit has reached the disk. */
  ingest(batch: Batch): Promise<IngestResult>;
  /** The account's state, of the plugin while it runs, else of its supervisor (`stopped`, `backoff`, `quarantined`). */
  state(state: AccountState): void;
  lookup(query: { txn: TxnId } | { ref: MsgRef }): Promise<LookupResult | undefined>;
  vaultGet(key: string): Promise<string | undefined>;
  vaultSet(key: string, value: string | undefined): Promise<void>;
  /** Lines of the plugin and of its supervisor. The values of the account's secret fields are already replaced. */
  log(level: LogLevel, message: string, fields?: LogFields): void;
}

export interface Isolated {
  isolated: true;
  /** Absolute path of the program. */
  bwrap: string;
  /** The newer options work as well: no further user namespaces, a bounded /tmp. */
  strict: boolean;
  /** Absolute paths of what the Node below needs. */
  libraries: readonly string[];
  node: string;
}

/** How the children are kept from the rest of the machine; found out once by `probeIsolation`. */
export type Isolation = Isolated | { isolated: false; reason: string };

/** Milliseconds. */
export interface Timing {
  /** From spawn to the child's greeting. */
  start: number;
  ping: number;
  /** Pings in a row without an answer before SIGKILL. */
  misses: number;
  memoryCheck: number;
  backoffFirst: number;
  backoffMax: number;
  /** After so long without a crash the back-off starts anew. */
  stable: number;
  /** So many crashes within the window quarantine the account. */
  crashes: number;
  crashWindow: number;
  /** Of `stop`: the plugin's good-bye, then SIGTERM; SIGKILL comes after both. */
  disconnect: number;
  terminate: number;
  /** Deadlines of the plugin's methods. */
  connect: number;
  execute: number;
  reconcile: number;
  call: number;
}

export const TIMING: Timing = {
  start: 20_000,
  ping: 10_000,
  misses: 3,
  memoryCheck: 2_000,
  backoffFirst: 1_000,
  backoffMax: 5 * 60_000,
  stable: 60_000,
  crashes: 5,
  crashWindow: 10 * 60_000,
  disconnect: 2_000,
  terminate: 1_000,
  connect: 30_000,
  execute: 60_000,
  reconcile: 120_000,
  call: 60_000,
};

export interface PluginProcessOptions {
  account: AccountId;
  manifest: Manifest;
  /** The plugin's module: an absolute path below `code.root`. */
  module: string;
  code: CodeLayout;
  /** The account's private folder, made if it is not there. Absolute. */
  dataDir: string;
  isolation: Isolation;
  services: HostServices;
  egress: Egress;
  clock: Clock;
  /** In [0, 1); for jitter. */
  random: () => number;
  timing?: Partial<Timing> | undefined;
  /** A folder by `prepareCodeCache`: the child starts faster and smaller. Only used under bwrap, where it is read-only. */
  codeCache?: string | undefined;
}

/** What of Homeport the child may read. */
export interface CodeLayout {
  /** Folder that holds `package.json` and `node_modules`. */
  root: string;
  /** Files and folders below `root`, relative. */
  read: readonly string[];
  /** The child's entry, relative to `root`. */
  entry: string;
}

/** Why a process ended. `expected`: it was asked to. */
export interface ExitInfo {
  reason: string;
  expected: boolean;
  code: number | null;
  signal: string | null;
  /** Milliseconds until the next start; undefined when there is none. */
  restartIn?: number | undefined;
}

export interface PluginProcessEvents {
  /** The plugin's module is loaded; now `connect` with fresh cursors, then `reconcile`. After each restart again. */
  started: [{ pid: number; isolated: boolean }];
  exited: [ExitInfo];
  stateChanged: [AccountState];
  quarantined: [{ reason: string }];
}
