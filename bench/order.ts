import { createHash } from "node:crypto";
import { makeDevice } from "../src/node/make-device.ts";
import { openProfile } from "../src/node/profile-store.ts";
import { entriesBefore } from "../src/device/views/timeline.ts";
import { KIND } from "../src/sync/content/kinds.ts";
import type { Conversation } from "../src/sync/core.ts";
import { createRandom, createSodiumCrypto } from "../src/sync/crypto/sodium.ts";
import type { Device } from "../src/sync/device.ts";
import { Outgoing } from "../src/sync/session/outgoing.ts";
import { admitted, memoryDevice } from "./core/account.ts";
import { bridgeOf, fill, line } from "./core/fill.ts";
import { BenchDevice } from "./harness/homeport.ts";
import { type Result, summarise } from "./result.ts";

const RUNS = 5;
const LARGEST = Number(process.env["HOMEPORT_BENCH_ENTRIES"] ?? 1_000_000);
const SIZES = [10_000, 100_000, LARGEST];
const LATE = 1000;
const STARTS = 5;

/** What it costs to keep the order of a conversation that has grown large; a device's own database, all views kept. */
export async function bench(): Promise<Result> {
  await using large = await BenchDevice.create();
  await using empty = await BenchDevice.create();
  for (const device of [large, empty]) await device.run("init", "--name", "bench", "--no-recovery");
  const { entry, late, newest } = await inDatabase(large);
  const starts = { large: [] as number[], empty: [] as number[] };
  for (let run = 0; run < STARTS; run++) {
    starts.large.push(await startOf(large));
    starts.empty.push(await startOf(empty));
  }
  const [withAll, withNone] = [summarise(starts.large), summarise(starts.empty)];
  return {
    name: "order",
    unit: "µs an entry at the largest size",
    ...(entry.at(-1) as { summary: ReturnType<typeof summarise> }).summary,
    entryAt: Object.fromEntries(entry.map(({ size, summary }) => [size, summary.median])),
    lateUs: late.late,
    onTimeUs: late.onTime,
    lateShare: late.late.median / late.onTime.median,
    newest50Ms: newest,
    startMs: { large: withAll, empty: withNone, share: withAll.median / withNone.median },
  };
}

async function startOf(device: BenchDevice): Promise<number> {
  await device.start();
  await device.stop();
  return device.startMs;
}

async function inDatabase({ data }: BenchDevice) {
  const [crypto, random] = [await createSodiumCrypto(), createRandom()];
  const profile = await openProfile(crypto, random, data, () => Promise.reject(new Error("no passphrase")));
  const device = makeDevice({ profile, crypto, random });
  try {
    const conversation = device.transact((writer) => writer.found(bridgeOf(device, "#large")));
    const entry: { size: number; summary: ReturnType<typeof summarise> }[] = [];
    const begun = Date.now();
    for (const size of SIZES) {
      await fill(device, conversation.founding, size - RUNS * LATE);
      entry.push({ size, summary: summarise(await appended(device, conversation)) });
    }
    return { entry, late: await lateEntries(device, conversation, begun), newest: newest50(device, conversation) };
  } finally {
    device.close();
  }
}

/** Microseconds an entry, in batches as they come from a bridge that has much to tell. */
async function appended(device: Device, { founding, row }: Conversation): Promise<number[]> {
  const samples: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const count = device.vector(row).reduce((sum, { seq }) => sum + seq, 0) + LATE;
    const since = performance.now();
    await fill(device, founding, count);
    samples.push(((performance.now() - since) * 1000) / LATE);
  }
  return samples;
}

/** Another device wrote all the while and was never connected: its entries belong everywhere between those that are here. */
async function lateEntries(device: Device, { founding, row }: Conversation, begun: number) {
  const conversation = device.conversation(row) as Conversation;
  const span = Date.now() - begun;
  const samples = { late: [] as number[], onTime: [] as number[] };
  for (let run = 0; run < RUNS; run++)
    for (const kind of ["late", "onTime"] as const) {
      const core = await admitted(device);
      let now = Date.now();
      const other = await memoryDevice(core, () => now);
      const there = other.transact((writer) => writer.found(founding));
      for (let n = 0; n < LATE; n++) {
        now = kind === "late" ? begun + Math.floor((span * n) / LATE) : Date.now();
        other.transact((writer) => writer.append(there.row, KIND.bridged, line(n) as never));
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
      const outgoing = new Outgoing(other);
      outgoing.begin(there.row, tagOf(run), []);
      const frames = [...framesOf(outgoing)];
      const since = performance.now();
      for (const runs of frames) device.receive(runs.map((one) => ({ conversation, run: one })));
      samples[kind].push(((performance.now() - since) * 1000) / LATE);
      other.close();
    }
  return { late: summarise(samples.late), onTime: summarise(samples.onTime) };
}

function* framesOf(outgoing: Outgoing) {
  for (let runs = outgoing.next(); runs; runs = outgoing.next()) yield runs;
}

const tagOf = (n: number): Uint8Array => new Uint8Array(createHash("sha256").update(String(n)).digest().subarray(0, 16));

/** Milliseconds for the rows and their opened bodies. */
function newest50(device: Device, { row }: Conversation) {
  const samples: number[] = [];
  for (let run = 0; run < 21; run++) {
    const since = performance.now();
    const bodies = entriesBefore(device, row, undefined, 50).map((entry) => device.body(entry));
    samples.push(performance.now() - since);
    if (bodies.some((body) => body === undefined)) throw new Error("a body is missing");
  }
  return summarise(samples);
}
