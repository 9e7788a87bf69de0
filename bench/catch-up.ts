import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type CoreDevice, twoDevices } from "./core/account.ts";
import { toText } from "./core/message.ts";
import type { Order } from "./core/node.ts";
import { startPeers } from "./core/peers.ts";
import { Script, temporaryFolder } from "./core/processes.ts";
import { slowLink } from "./core/slow-link.ts";
import { limitOf, peerOf, type Result, summarise } from "./result.ts";

const RUNS = Number(process.env["HOMEPORT_BENCH_RUNS"] ?? 5);
const ENTRIES = Number(process.env["HOMEPORT_BENCH_ENTRIES"] ?? 100_000);
/** 0 leaves the others out, which take most of the time. */
const WITH_PEERS = process.env["HOMEPORT_BENCH_PEERS"] !== "0";
const SLOW_ENTRIES = 4000;
const SLOW = { delayMs: 100, bitsPerSecond: 1_000_000 };
/** Bytes of a body in the benchmark, as the entries have them. */
const BODY = 300;

const script = (name: string) => join(import.meta.dirname, "core", name);

interface Caught {
  ms: number;
  cpuMs: number;
  heapMb: number;
  rssMb: number;
}

interface Pair {
  folder: string;
  home: CoreDevice;
  phone: CoreDevice;
}

/**
 * A device that was away takes all entries of another one: two processes, the product's session over libp2p, bodies sealed at
 * rest on both sides, all views kept. From the dialling to the commit of the last entry.
 */
export async function bench(): Promise<Result> {
  await using folder = await temporaryFolder();
  const [home, phone] = await twoDevices();
  const pair = { folder: folder.path, home, phone };
  const caught: Caught[] = [];
  const limits: { perSecond: number; cpuUs: number }[] = [];
  const others: Record<string, number[]> = {};
  await using stack = new AsyncDisposableStack();
  const source = stack.use(await homeOf(pair, ENTRIES));
  const peers = WITH_PEERS ? (await startPeers(folder.path)).map((peer) => stack.use(peer)) : [];
  for (let run = 0; run < RUNS; run++) {
    caught.push(await catchUp(pair, `phone-${run}`, ENTRIES, source.port));
    limits.push(await limit());
    for (const peer of peers) (others[peer.name] ??= []).push(await peer.measure());
  }
  const ours = summarise(caught.map(({ ms }) => (ENTRIES / ms) * 1000));
  return {
    name: "catch-up",
    unit: "entries/s",
    ...ours,
    entries: ENTRIES,
    rssMb: summarise(caught.map(({ rssMb }) => rssMb)).median,
    limit: limitOf(
      "decode, hash, verify one signature in 1,000, seal and insert with the bare libraries",
      ours.median,
      limits.map(({ perSecond }) => perSecond),
    ),
    // Steadier than the clock where other work runs on the machine.
    receiverCpuUsPerEntry: {
      ours: summarise(caught.map(({ cpuMs }) => (cpuMs * 1000) / ENTRIES)).median,
      libraries: summarise(limits.map(({ cpuUs }) => cpuUs)).median,
    },
    peers: Object.fromEntries(Object.entries(others).map(([name, samples]) => [name, peerOf(ours.median, samples)])),
    slowLink: process.env["HOMEPORT_BENCH_SLOW"] === "0" ? undefined : await overSlowLink(pair),
  };
}

/** The one that has everything; it is the same through all runs. */
async function homeOf({ folder, home }: Pair, entries: number): Promise<Script & { port: number }> {
  const at = join(folder, `home-${entries}`);
  await mkdir(at);
  const order: Order = { folder: at, core: home, entries, conversation: "#bench" };
  const process = new Script(script("node.ts"), [], `${toText(order)}\n`, profiled());
  const { ports } = await process.next<{ ports: number[] }>();
  return Object.assign(process, { port: ports[0] as number });
}

async function catchUp({ folder, home, phone }: Pair, name: string, entries: number, port: number): Promise<Caught> {
  const at = join(folder, name);
  await mkdir(at);
  const dial = { peer: home.transport, address: `/ip4/127.0.0.1/tcp/${port}` };
  const order: Order = { folder: at, core: phone, entries, conversation: "#bench", dial };
  await using phoneProcess = new Script(script("node.ts"), [], `${toText(order)}\n`, profiled());
  return await phoneProcess.next<Caught>();
}

/** Where a folder is named, each process leaves there what it spent its time on. */
function profiled(): string[] {
  const folder = process.env["HOMEPORT_BENCH_PROFILE"];
  return folder ? ["--cpu-prof", `--cpu-prof-dir=${folder}`] : [];
}

async function limit(): Promise<{ perSecond: number; cpuUs: number }> {
  await using bare = new Script(script("limit.ts"), ["100000", String(BODY)]);
  return await bare.next();
}

async function overSlowLink(pair: Pair) {
  await using home = await homeOf(pair, SLOW_ENTRIES);
  await using link = await slowLink(home.port, SLOW.delayMs, SLOW.bitsPerSecond);
  const { ms } = await catchUp(pair, "phone-slow", SLOW_ENTRIES, link.port);
  const bytesPerEntry = link.received() / SLOW_ENTRIES;
  return {
    ...SLOW,
    entries: SLOW_ENTRIES,
    seconds: ms / 1000,
    bytesPerEntry,
    shareOfTheLink: (link.received() * 8) / (ms / 1000) / SLOW.bitsPerSecond,
  };
}
