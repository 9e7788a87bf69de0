import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AccountState, Batch, Manifest } from "../../../src/bridges/contract/index.ts";
import { createEgress, type Egress } from "../../../src/bridges/host/egress/index.ts";
import {
  codeLayout,
  type ExitInfo,
  type HostServices,
  type Isolation,
  PluginProcess,
  type PluginProcessOptions,
  probeIsolation,
  type Timing,
} from "../../../src/bridges/host/process/index.ts";
import type { Clock } from "../../../src/sync/ports.ts";
import { requireServer } from "../../servers/require-server.ts";
import { bwrapPath } from "../../servers/provision.ts";
import { manifestOf } from "./manifest.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export const bwrap = await requireServer("bwrap");

/** How children run where bwrap is there; where it is and does not run, the tests fail: they would prove nothing. */
export async function isolation(): Promise<Isolation> {
  const found = await probeIsolation(await bwrapPath());
  if (!found.isolated) throw new Error(found.reason);
  return found;
}

export const NOT_ISOLATED: Isolation = { isolated: false, reason: "a test of the second layer alone" };

const realClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Short, so that a test takes seconds; the ratios are those of the real ones. */
const QUICK: Partial<Timing> = {
  ping: 300,
  memoryCheck: 100,
  backoffFirst: 50,
  backoffMax: 200,
  stable: 10_000,
  execute: 5_000,
  call: 5_000,
};

/** Remembers what a child asked of it. */
export class Recorder implements HostServices {
  readonly batches: Batch[] = [];
  readonly states: AccountState[] = [];
  readonly lines: string[] = [];
  readonly vault = new Map<string, string>();

  async ingest(batch: Batch): Promise<{ inserted: number; duplicates: number }> {
    this.batches.push(batch);
    return { inserted: batch.events.length, duplicates: 0 };
  }

  state(state: AccountState): void {
    this.states.push(state);
  }

  async lookup(): Promise<undefined> {}

  async vaultGet(key: string): Promise<string | undefined> {
    return this.vault.get(key);
  }

  async vaultSet(key: string, value: string | undefined): Promise<void> {
    if (value === undefined) this.vault.delete(key);
    else this.vault.set(key, value);
  }

  log(level: string, message: string, fields?: object): void {
    this.lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  }
}

export interface Started extends AsyncDisposable {
  process: PluginProcess;
  host: Recorder;
  exits: ExitInfo[];
  folder: string;
  /** Resolves at the next of these events. */
  next<E extends "started" | "exited" | "quarantined">(event: E): Promise<unknown[]>;
}

export interface LaunchOptions extends Partial<Pick<PluginProcessOptions, "timing" | "codeCache" | "isolation">> {
  egress?: Egress | undefined;
  manifest?: Partial<Manifest> | undefined;
}

const noEgress = (): Egress => createEgress({ declared: [], ownPorts: () => [], tls: { allowUnverified: false } });

/** A process for a plugin of this folder, not yet started. */
export function launch(name: string, where: Isolation, options: LaunchOptions = {}): Started {
  const folder = mkdtempSync(join(tmpdir(), "hp-plugin-"));
  const host = new Recorder();
  const process = new PluginProcess({
    account: "account-1",
    manifest: manifestOf(options.manifest),
    module: join(HERE, `${name}.ts`),
    code: pluginCode(),
    dataDir: join(folder, "data"),
    isolation: where,
    services: host,
    egress: options.egress ?? noEgress(),
    clock: realClock,
    random: () => 0.5,
    timing: { ...QUICK, ...options.timing },
    codeCache: options.codeCache,
  });
  const exits: ExitInfo[] = [];
  process.on("exited", (exit) => exits.push(exit));
  return {
    process,
    host,
    exits,
    folder,
    next: (event) => once(process, event),
    [Symbol.asyncDispose]: async () => {
      await process.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The layout of the real plugins, with the folder of these in the place of one. */
export function pluginCode() {
  const layout = codeLayout("none");
  return { ...layout, read: [...layout.read.filter((path) => !path.endsWith("none")), "test/faults/plugins"] };
}

/** Started, and ready for calls. */
export async function running(name: string, where: Isolation, options: LaunchOptions = {}): Promise<Started> {
  const started = launch(name, where, options);
  const ready = started.next("started");
  started.process.start();
  await ready;
  return started;
}
