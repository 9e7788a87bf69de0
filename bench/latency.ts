import { setTimeout as sleep } from "node:timers/promises";
import { certificates } from "../test/servers/certs.ts";
import { inspircd } from "../test/servers/inspircd.ts";
import { ircPeer } from "../test/servers/irc-peer.ts";
import { now, pair } from "./harness/homeport.ts";
import { rawClient, Sightings } from "./harness/lines.ts";
import { peerOf, percentile, type Result, summarise } from "./result.ts";

const RUNS = 5;
const LINES = 200;
const PAUSE_MS = 25;
const CHANNEL = "#latency";

/**
 * How much later than a raw client a phone's `watch` shows an IRC line: server → plugin → home (committed) → phone (committed)
 * → its command line. Both are measured at the same pipe end, line by line.
 */
export async function bench(): Promise<Result> {
  const { caFile } = await certificates();
  await using server = await inspircd({ flood: "none" });
  const at = { tlsPort: server.tlsPort, caFile };
  const { home, phone, conversation } = await pair(at, CHANNEL);
  await using _home = home;
  await using _phone = phone;
  const [here, there] = [new Sightings(), new Sightings()];
  await phone.stream(["watch", conversation], (event: { event: string; message?: { text: string } }, seen) => {
    if (event.message) here.see(event.message.text, seen);
  });
  const raw = await rawClient(at, CHANNEL, there);
  await using sender = await ircPeer({ port: server.port, nick: "sender" });
  await sender.join(CHANNEL);
  await sleep(1000);
  const runs: { added: number[]; ours: number[]; theirs: number[] }[] = [];
  for (let run = 0; run < RUNS; run++) {
    const sent = new Map<string, number>();
    for (let i = 0; i < LINES; i++) {
      const text = `run ${run} line ${i}`;
      sent.set(text, now());
      sender.say(CHANNEL, text);
      await sleep(PAUSE_MS);
    }
    await sleep(500);
    const seen = [...sent].map(([text, since]) => ({
      since,
      ours: here.at(text) ?? Number.POSITIVE_INFINITY,
      theirs: there.at(text) ?? Number.NaN,
    }));
    runs.push({
      added: seen.map((line) => line.ours - line.theirs),
      ours: seen.map((line) => line.ours - line.since),
      theirs: seen.map((line) => line.theirs - line.since),
    });
  }
  raw.kill("SIGTERM");
  const p50 = (pick: (run: (typeof runs)[number]) => number[]) => runs.map((run) => percentile(pick(run), 0.5));
  const p99 = summarise(runs.map(({ added }) => percentile(added, 0.99)));
  const total = p50((run) => run.ours);
  return {
    name: "latency",
    unit: "ms added (p50)",
    ...summarise(p50((run) => run.added)),
    linesPerRun: LINES,
    p99: { median: p99.median, min: p99.min, max: p99.max },
    total: summarise(total).median,
    peers: {
      "irc-framework (raw client, total)": peerOf(
        summarise(total).median,
        p50((run) => run.theirs),
      ),
    },
  };
}
