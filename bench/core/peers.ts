import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Script } from "./processes.ts";

const FOLDER = join(import.meta.dirname, "..", "peers");

/** What the benchmark compares with, and how many entries each is given: the slow ones would take minutes for all. */
const PEERS = [
  { name: "hypercore", entries: 100_000 },
  { name: "automerge-repo", entries: 10_000 },
  { name: "orbitdb", entries: 500 },
] as const;

/** One that has everything and is asked again and again, by processes that have nothing. */
export interface RunningPeer extends AsyncDisposable {
  name: string;
  /** Entries a second of one process that takes all of them to its disk. */
  measure(): Promise<number>;
}

/** Starts them all. Their libraries are installed where they are not there yet; the product does not have them. */
export async function startPeers(folder: string): Promise<RunningPeer[]> {
  await install();
  const running: RunningPeer[] = [];
  for (const { name, entries } of PEERS) running.push(await start(join(folder, name), name, entries));
  return running;
}

async function start(folder: string, name: string, entries: number): Promise<RunningPeer> {
  await mkdir(folder);
  const script = join(FOLDER, `${name}.mjs`);
  const source = new Script(script, [join(folder, "source"), "serve", String(entries)]);
  const { port, key } = await source.next<{ port: number; key: string }>();
  let runs = 0;
  return {
    name,
    measure: async () => {
      runs += 1;
      await using sink = new Script(script, [join(folder, `sink-${runs}`), "fetch", String(entries), String(port), key]);
      const { ms } = await sink.next<{ ms: number }>();
      return (entries / ms) * 1000;
    },
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

async function install(): Promise<void> {
  if (existsSync(join(FOLDER, "node_modules", "hypercore"))) return;
  const options = ["ci", "--prefix", FOLDER, "--ignore-scripts", "--no-audit", "--no-fund"];
  const npm = spawn("npm", options, { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = (await once(npm, "exit")) as [number | null];
  if (code !== 0) throw new Error("what the benchmark compares with could not be installed");
}
