import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addIrc, history, messagesOf, open, overTls } from "../e2e/irc.ts";
import { eventually, type Homeport, pair, type World, world } from "../harness/homeport.ts";
import { type Inspircd, inspircd } from "../servers/inspircd.ts";
import { type IrcPeer, ircPeer } from "../servers/irc-peer.ts";
import { requireServer } from "../servers/require-server.ts";
import { between, expectHeard, expectSent, rounds, Sender, Speaker } from "./flow.ts";

const irc = await requireServer("irc", "bwrap");
const ROUNDS = rounds(200);

describe.skipIf(!irc.ok)(`kill -9 of the phone, ${ROUNDS} times, while lines come in and messages go out`, () => {
  let place: World;
  let home: Homeport;
  let phone: Homeport;
  let server: Inspircd;
  let bob: IrcPeer;
  let channel: string;

  beforeAll(async () => {
    place = await world();
    server = await inspircd();
    ({ home, phone } = await pair(place));
    channel = await open(home, await addIrc(home, { ...(await overTls(server)), nick: "alice" }), "#flow");
    bob = await ircPeer({ port: server.port, nick: "bob" });
    await bob.join("#flow");
  });
  afterAll(async () => {
    await bob?.close();
    await place?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test("what it confirmed is there and sent once, what came in misses nothing, and a watch goes on where it was", {
    timeout: 60_000 * ROUNDS,
  }, async () => {
    await using speaker = new Speaker(bob, "#flow", 40);
    await using sender = new Sender(phone, channel, 70);
    let cursor = "c0";
    const shown: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const watching = await phone.watch({ after: cursor });
      await sleep(between(200, 2_500));
      await phone.kill();
      await watching.ended;
      shown.push(...messagesOf(watching).map(({ text }) => text));
      cursor = watching.events<{ cursor: string }>().at(-1)?.cursor ?? cursor;
      await sleep(between(0, 1_000));
      await phone.start();
    }
    await sleep(1_000);
    await sender.stop();
    await speaker.stop();
    await phone.untilConnected(home);
    const last = `in ${speaker.said}`;
    await eventually("the last line", async () => (await history(phone, channel, 50)).some(({ text }) => text === last) || undefined);
    const settled = async () => (await history(phone, channel, 100_000)).every(({ state }) => state !== "queued");
    await eventually("nothing is queued", async () => (await settled()) || undefined);

    const messages = await history(phone, channel, 100_000);
    expect(expectHeard(messages, speaker.said)).toMatchObject({ missed: 0, gaps: 0 });
    const states = expectSent(messages, sender.confirmed, bob);
    expect(states).toEqual({ sent: sender.confirmed.size });

    const rest = await phone.watch({ after: cursor });
    await rest.until("the last line", (event: { message?: { text: string } }) => event.message?.text === last);
    shown.push(...messagesOf(rest).map(({ text }) => text));
    const lines = shown.filter((text) => /^in \d+$/.test(text));
    expect(lines).toEqual(messages.map(({ text }) => text).filter((text) => /^in \d+$/.test(text)));
    console.warn("outgoing", states, "handed over without an answer", sender.unknown.size, "incoming", speaker.said);
  });

  test("what was handed over without an answer is there once or not at all", async () => {
    const texts = (await history(phone, channel, 100_000)).map(({ text }) => text).filter((text) => text.startsWith("out "));
    expect(new Set(texts).size).toBe(texts.length);
    const got = bob.matching(/PRIVMSG #flow :out /).map((line) => line.replace(/^.* :/, ""));
    expect(new Set(got).size).toBe(got.length);
  });

  test("both devices hold the same", async () => {
    const seen = async (device: Homeport) =>
      (await history(device, channel, 100_000)).map(({ id, text, state }) => `${id} ${state} ${text}`);
    expect(await seen(home)).toEqual(await seen(phone));
  });
});
