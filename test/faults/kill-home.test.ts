import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OutboxRow } from "../../src/api/outbox.ts";
import type { WatchEvent } from "../../src/api/messages.ts";
import { addIrc, history, messagesOf, open, overTls, untilBridge } from "../e2e/irc.ts";
import { type CliProcess, eventually, type Homeport, pair, type World, world } from "../harness/homeport.ts";
import { type Inspircd, inspircd } from "../servers/inspircd.ts";
import { type IrcPeer, ircPeer } from "../servers/irc-peer.ts";
import { requireServer } from "../servers/require-server.ts";
import { between, expectHeard, expectSent, rounds, Sender, Speaker } from "./flow.ts";

const irc = await requireServer("irc", "bwrap");
const ROUNDS = rounds(200);

describe.skipIf(!irc.ok)(`kill -9 of the home node, ${ROUNDS} times, while lines come in and messages go out`, () => {
  let place: World;
  let home: Homeport;
  let phone: Homeport;
  let server: Inspircd;
  let bob: IrcPeer;
  let account: string;
  let channel: string;
  let onPhone: CliProcess;
  let speaker: Speaker;
  let sender: Sender;

  beforeAll(async () => {
    place = await world();
    server = await inspircd();
    ({ home, phone } = await pair(place));
    account = await addIrc(home, { ...(await overTls(server)), nick: "alice" });
    channel = await open(phone, account, "#flow");
    bob = await ircPeer({ port: server.port, nick: "bob" });
    await bob.join("#flow");
    onPhone = await phone.watch();
  });
  afterAll(async () => {
    await sender?.stop();
    await speaker?.stop();
    await bob?.close();
    await place?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test("everything is set going, killed and started again", { timeout: 60_000 * ROUNDS }, async () => {
    speaker = new Speaker(bob, "#flow", 40);
    sender = new Sender(phone, channel, 70);
    for (let round = 0; round < ROUNDS; round++) {
      await sleep(between(100, 3_000));
      await home.kill();
      // Now and then at once, before the phone has noticed.
      if (round % 3 > 0) await sleep(between(0, 2_000));
      await home.start();
      // Half of the time it is killed while it is still coming up.
      if (round % 2 > 0) await untilBridge(home, account, ({ state }) => state === "online");
    }
    await untilBridge(home, account, ({ state }) => state === "online");
    await phone.untilConnected(home);
    await bob.waitFor(/:alice!\S+ JOIN/);
    await sleep(1_000);
    await sender.stop();
    await speaker.stop();
    // The phone's own daemon never went away.
    expect(sender.unknown.size).toBe(0);
    expect(sender.confirmed.size).toBeGreaterThan(ROUNDS);
    expect(speaker.said).toBeGreaterThan(ROUNDS);
  });

  test("what was queued is sent once, or visibly in doubt, and nothing waits for ever", async () => {
    await eventually(
      "nothing is queued",
      async () => !(await history(phone, channel, 100_000)).some(({ state }) => state === "queued") || undefined,
    );
    const states = expectSent(await history(phone, channel, 100_000), sender.confirmed, bob);
    expect(states["sent"]).toBeGreaterThan(0);
    expect(Object.keys(states).filter((state) => !["sent", "in-doubt"].includes(state))).toEqual([]);
    console.warn("outgoing", states);
  });

  test("what was heard is there once and in order, and gaps say where something could not be heard", async () => {
    const marker = `in ${speaker.said}`;
    await eventually("the last line", async () => (await history(phone, channel, 50)).some(({ text }) => text === marker) || undefined);
    const counts = expectHeard(await history(home, channel, 100_000), speaker.said);
    expect(expectHeard(await history(phone, channel, 100_000), speaker.said)).toEqual(counts);
    expect(counts.heard).toBeGreaterThan(0);
    expect(counts.gaps).toBeGreaterThan(0);
    console.warn("incoming", counts);
  });

  test("both devices hold the same, in the same order", async () => {
    const seen = async (device: Homeport) =>
      (await history(device, channel, 100_000)).map(({ id, text, state }) => `${id} ${state} ${text}`);
    expect(await seen(home)).toEqual(await seen(phone));
  });

  test("the phone's watch showed each message once, and all that it showed is still there", async () => {
    const shown = messagesOf(onPhone).map(({ id }) => id);
    expect(new Set(shown).size).toBe(shown.length);
    const kept = new Set((await history(phone, channel, 100_000)).map(({ id }) => id));
    expect(shown.filter((id) => !kept.has(id))).toEqual([]);
    const cursors = onPhone.events<WatchEvent>().map(({ cursor }) => Number(cursor.slice(1)));
    expect(cursors).toEqual([...cursors].sort((a, b) => a - b));
  });

  test("the person decides about what is in doubt: resend sends it again, settle holds it to be sent", async () => {
    const doubtful = await phone.json<OutboxRow[]>("outbox");
    const inDoubt = (await history(phone, channel, 100_000)).filter(({ state }) => state === "in-doubt").map(({ id }) => id);
    expect(doubtful.map(({ id }) => id).sort()).toEqual(inDoubt.sort());
    for (const [index, { id }] of doubtful.entries()) {
      const text = sender.confirmed.get(id) as string;
      const before = bob.matching(new RegExp(` :${text}$`)).length;
      if (index % 2 === 0) {
        await phone.json("outbox", "settle", id);
        await eventually(
          "settled",
          async () => (await history(phone, channel, 100_000)).find((one) => one.id === id)?.state === "sent" || undefined,
        );
        expect(bob.matching(new RegExp(` :${text}$`))).toHaveLength(before);
      } else {
        await phone.json("outbox", "resend", id);
        await eventually("sent again", () => bob.matching(new RegExp(` :${text}$`)).length === before + 1 || undefined);
      }
    }
    await eventually("nothing is in doubt", async () => (await phone.json<OutboxRow[]>("outbox")).length === 0 || undefined);
  });
});
