import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Client, createClient } from "../../src/api/client.ts";
import { connectDaemon } from "../../src/cli/channel.ts";
import { type Homeport, pair, type World, world } from "../harness/homeport.ts";
import { NoteWriter, untilSame } from "./notes.ts";

const MAX_RSS = 300 * 1024 * 1024;
const MAX_P99 = 500;
/** Sockets of ours at a time: well under what one process may have open. */
const AT_ONCE = 400;
/** What libp2p says first: the length and the name of the negotiation's protocol. */
const GREETING = Buffer.from("\x13/multistream/1.0.0\n");

let place: World;
let home: Homeport;
let phone: Homeport;
let client: Client;
let writer: NoteWriter;
beforeAll(async () => {
  place = await world();
  ({ home, phone } = await pair(place));
  client = createClient(await connectDaemon(home.data));
  writer = new NoteWriter(phone);
});
afterAll(async () => {
  writer?.close();
  client?.close();
  await place?.[Symbol.asyncDispose]();
});

const port = (): number => Number(home.listen.split("/").at(-1));

function rss(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${home.daemon.pid}/status`, "utf8"))?.[1]) * 1024;
}

/** One connection: opened, perhaps greeted, and then held for a while, whatever the other side does. */
async function one(hold: number, first: Uint8Array | undefined, slowly: boolean): Promise<void> {
  const socket: Socket = connect(port(), "127.0.0.1");
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  if (first) socket.write(first);
  const end = performance.now() + hold;
  if (slowly)
    for (let i = 0; performance.now() < end && !socket.destroyed; i++) {
      socket.write(GREETING.subarray(i % GREETING.length, (i % GREETING.length) + 1));
      await sleep(100);
    }
  await Promise.race([closed, sleep(Math.max(0, end - performance.now()))]);
  socket.destroy();
}

async function flood(count: number, hold: number, first?: Uint8Array, slowly = false): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) await one(hold, first, slowly);
    }),
  );
}

interface Measured {
  p99: number;
  calls: number;
  notes: number;
  rss: number;
}

/** What a good client meets meanwhile: its calls, and the notes of a device that is connected. */
async function measure(over: Promise<unknown>): Promise<Measured> {
  let done = false;
  void over.finally(() => {
    done = true;
  });
  const took: number[] = [];
  let largest = 0;
  const before = writer.confirmed.length;
  while (!done || took.length < 20) {
    const start = performance.now();
    await client.call("status", {});
    took.push(performance.now() - start);
    largest = Math.max(largest, rss());
    if (took.length % 5 === 0) await writer.write();
    await sleep(20);
  }
  took.sort((a, b) => a - b);
  return { p99: took[Math.floor(took.length * 0.99)] ?? 0, calls: took.length, notes: writer.confirmed.length - before, rss: largest };
}

describe("F1: floods from the network", () => {
  test.each<[string, () => Promise<void>]>([
    ["5,000 connections that say nothing", () => flood(5000, 300)],
    ["10,000 half handshakes", () => flood(10_000, 200, GREETING)],
    ["400 slow senders for 20 seconds", () => flood(AT_ONCE, 20_000, undefined, true)],
  ])("%s: memory stays, and a good client is served", { timeout: 300_000 }, async (what, attack) => {
    const started = performance.now();
    const { p99, calls, notes, rss: largest } = await measure(attack());
    const seconds = Math.round((performance.now() - started) / 1000);
    console.warn(
      `${what}: ${seconds} s, ${calls} calls with p99 ${Math.round(p99)} ms, ${notes} notes, ${Math.round(largest / 1024 / 1024)} MB`,
    );
    await untilSame([home, phone], [writer]);
    expect(notes).toBeGreaterThan(0);
    expect(largest).toBeLessThan(MAX_RSS);
    expect(p99).toBeLessThan(MAX_P99);
  });
});
