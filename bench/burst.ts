import { setTimeout as sleep } from "node:timers/promises";
import { certificates } from "../test/servers/certs.ts";
import { inspircd } from "../test/servers/inspircd.ts";
import { ircPeer } from "../test/servers/irc-peer.ts";
import { now, pair } from "./harness/homeport.ts";
import { rawClient, Sightings } from "./harness/lines.ts";
import { peerOf, type Result, summarise } from "./result.ts";

const RUNS = 5;
/** InspIRCd reads 10 KB of a connection in a second: many people have to talk at once. */
const SENDERS = 125;
const LINES_EACH = 80;
const LINES = SENDERS * LINES_EACH;
const CHANNEL = "#burst";
const LIMIT_MS = 120_000;

/** 10,000 IRC lines at once: lines a second until both devices have all of them committed and shown. */
export async function bench(): Promise<Result> {
  const { caFile } = await certificates();
  await using server = await inspircd({ flood: "none" });
  const at = { tlsPort: server.tlsPort, caFile };
  // The senders stay outside, or the server would be busy sending each line to all of them.
  await using founder = await ircPeer({ port: server.port, nick: "founder" });
  await founder.join(CHANNEL);
  founder.raw(`MODE ${CHANNEL} -n`);
  const { home, phone, conversation } = await pair(at, CHANNEL);
  await using _home = home;
  await using _phone = phone;
  await using senders = new AsyncDisposableStack();
  const people = await Promise.all(Array.from({ length: SENDERS }, (_, n) => ircPeer({ port: server.port, nick: `sender${n}` })));
  for (const person of people) senders.use(person);
  await sleep(1000);
  const rates: { home: number; phone: number; raw: number }[] = [];
  let [lost, repeated] = [0, 0];
  for (let run = 0; run < RUNS; run++) {
    const seen = { home: new Sightings(), phone: new Sightings(), raw: new Sightings() };
    const watches = await Promise.all(
      [home, phone].map((device) =>
        device.stream(["watch", conversation], (event: { event: string; message?: { kind: string; text: string } }, when) => {
          if (event.message?.kind === "text") seen[device === home ? "home" : "phone"].see(event.message.text, when);
        }),
      ),
    );
    const raw = await rawClient(at, CHANNEL, seen.raw);
    await sleep(1500);
    const begun = now();
    for (let i = 0; i < LINES_EACH; i++)
      for (const person of people) person.say(CHANNEL, `run ${run} line ${i} of ${person.nick} ${"x".repeat(60)}`);
    const rate = async (sightings: Sightings) => (LINES / ((await sightings.last(LINES, LIMIT_MS)) - begun)) * 1000;
    rates.push({ home: await rate(seen.home), phone: await rate(seen.phone), raw: await rate(seen.raw) });
    lost += 2 * LINES - seen.home.count - seen.phone.count;
    repeated += seen.home.repeated + seen.phone.repeated;
    for (const child of [...watches, raw]) child.kill("SIGTERM");
    await sleep(500);
  }
  const summary = summarise(rates.map((rate) => rate.phone));
  return {
    name: "burst",
    unit: "lines/s on the phone",
    ...summary,
    lines: LINES,
    lost,
    repeated,
    home: summarise(rates.map((rate) => rate.home)).median,
    peers: {
      "irc-framework (raw client)": peerOf(
        summary.median,
        rates.map((rate) => rate.raw),
      ),
    },
  };
}
