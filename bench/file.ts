import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FileRow } from "../src/api/file-row.ts";
import { type Client, createClient } from "../src/api/client.ts";
import { BULK, bulkHead } from "../src/api/bulk.ts";
import { connectDaemon, dialDaemon } from "../src/cli/channel.ts";
import { type BenchDevice, twoDevices } from "./harness/homeport.ts";
import { RawLibp2p } from "./harness/raw-libp2p.ts";
import { limitOf, percentile, type Result, summarise } from "./result.ts";

const MIB = 2 ** 20;
const RUNS = 5;
const SIZE = 128 * MIB;
const LARGE = 1024 * MIB;
const MESSAGES = 60;
const PAUSE_MS = 25;
/** Bytes of a piece that is handed to the daemon. */
const PIECE = MIB;

interface Fetched {
  ms: number;
  firstMs: number;
  cpuMs: number;
}

/**
 * A file from one process to another: MiB/s from the request until all of it is checked and on the receiver's disk, against a bare
 * libp2p stream (TCP, Noise, yamux) that throws away what it gets. Then 1 GiB with the most memory that each side took, and how long
 * a message takes meanwhile.
 */
export async function bench(): Promise<Result> {
  const { home, phone } = await twoDevices();
  await using _home = home;
  await using _phone = phone;
  const [here, there] = await Promise.all([home, phone].map(async ({ data }) => createClient(await connectDaemon(data))));
  if (!here || !there) throw new Error("not connected");
  const [chat] = await here.call("chats", {});
  const conversation = chat?.conversation ?? "";
  await until(async () => (await there.call("status", {})).peers.length > 0);
  using raw = await RawLibp2p.start(SIZE);
  const idle = await latencies(here, there, conversation);
  const runs: { ours: Fetched; theirs: Awaited<ReturnType<RawLibp2p["transfer"]>>; importMs: number }[] = [];
  for (let run = 0; run < RUNS; run++) {
    const { file, ms: importMs } = await send(home, here, conversation, SIZE);
    runs.push({ importMs, ours: await fetched(phone, there, file), theirs: await raw.transfer() });
  }
  const before = [home, phone].map(memory);
  const { file } = await send(home, here, conversation, LARGE);
  const large = fetched(phone, there, file);
  const busy = await latencies(here, there, conversation);
  const { ms } = await large;
  const after = [home, phone].map(memory);
  here.close();
  there.close();
  const rates = runs.map(({ ours }) => SIZE / MIB / (ours.ms / 1000));
  const summary = summarise(rates);
  return {
    name: "file",
    unit: "MiB/s, request to all on disk",
    ...summary,
    bytes: SIZE,
    limit: limitOf(
      "a bare libp2p stream (Noise, yamux) between two processes, MiB/s",
      summary.median,
      runs.map(({ theirs }) => SIZE / MIB / (theirs.ms / 1000)),
    ),
    receiverCpuMsPerMiB: {
      ours: summarise(runs.map(({ ours }) => ours.cpuMs / (SIZE / MIB))).median,
      raw: summarise(runs.map(({ theirs }) => theirs.cpuMs / (SIZE / MIB))).median,
    },
    firstChunkMs: summarise(runs.map(({ ours }) => ours.firstMs)),
    sealedMiBPerSecond: summarise(runs.map(({ importMs }) => SIZE / MIB / (importMs / 1000))),
    large: { bytes: LARGE, mibPerSecond: LARGE / MIB / (ms / 1000), mostMemoryMB: { before, after } },
    messageMs: { idle: spread(idle), meanwhile: spread(busy) },
  };
}

/** Hands a file to the daemon as the command line does; the first bytes differ, the rest is zeros, which no side can tell from others. */
async function send(device: BenchDevice, client: Client, conversation: string, size: number): Promise<{ file: string; ms: number }> {
  const path = join(device.data, "bench.bin");
  writeFileSync(path, `${performance.timeOrigin + performance.now()}`);
  truncateSync(path, size);
  const begun = performance.now();
  const { files } = await client.call(
    "file.send",
    { conversation, files: [{ name: "bench.bin", size }] },
    { onEvent: (event) => void (event.event === "upload" && upload(device.data, event.ticket, path).catch(console.error)) },
  );
  return { file: files[0]?.file ?? "", ms: performance.now() - begun };
}

async function upload(data: string, ticket: string, path: string): Promise<void> {
  const socket = await dialDaemon(data);
  const file = await open(path);
  const write = (bytes: Uint8Array) =>
    new Promise<void>((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve())));
  socket.write(`${BULK} ${ticket}\n`);
  for (;;) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(PIECE), 0, PIECE, null);
    await write(bulkHead(bytesRead));
    if (bytesRead === 0) break;
    await write(buffer.subarray(0, bytesRead));
  }
  await file.close();
  socket.end();
}

async function fetched(device: BenchDevice, client: Client, file: string): Promise<Fetched> {
  await until(async () => (await rowOf(client, file)) !== undefined);
  const cpu = cpuMs(device);
  const begun = performance.now();
  await client.call("file.fetch", { file });
  let firstMs = Number.NaN;
  const onEvent = ({ received }: FileRow) => {
    if (received > 0 && Number.isNaN(firstMs)) firstMs = performance.now() - begun;
  };
  await client.call("file.wait", { file }, { onEvent });
  const ms = performance.now() - begun;
  return { ms, firstMs: Number.isNaN(firstMs) ? ms : firstMs, cpuMs: cpuMs(device) - cpu };
}

const rowOf = async (client: Client, file: string): Promise<FileRow | undefined> =>
  (await client.call("file.list", {})).find((row) => row.file === file);

/** Milliseconds from `send` on one device until `watch` shows it on the other. */
async function latencies(here: Client, there: Client, conversation: string): Promise<number[]> {
  const seen = new Map<string, number>();
  const over = new AbortController();
  const watching = there.call(
    "watch",
    { conversation },
    {
      signal: over.signal,
      onEvent: (event) => {
        if (event.event === "message") seen.set(event.message.text, performance.now());
      },
    },
  );
  watching.catch(() => undefined);
  await sleep(200);
  const sent = new Map<string, number>();
  for (let n = 0; n < MESSAGES; n++) {
    const text = `${performance.now()}`;
    sent.set(text, performance.now());
    await here.call("send", { conversation, text });
    await sleep(PAUSE_MS);
  }
  await until(async () => [...sent.keys()].every((text) => seen.has(text)));
  over.abort();
  return [...sent].map(([text, at]) => (seen.get(text) ?? Number.NaN) - at);
}

const spread = (samples: number[]) => ({ p50: percentile(samples, 0.5), p99: percentile(samples, 0.99), max: Math.max(...samples) });

async function until(look: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < 3000; n++) {
    if (await look()) return;
    await sleep(20);
  }
  throw new Error("it did not come");
}

/** The most that the process ever took, in MB. */
const memory = ({ pid }: BenchDevice): number =>
  Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024);

/** Of all threads, in milliseconds; the kernel counts in hundredths of a second. */
function cpuMs({ pid }: BenchDevice): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
