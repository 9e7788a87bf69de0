import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addIrc, becomes, bridgeRow, heard, history, open, overTls, statesOf, untilBridge } from "../e2e/irc.ts";
import { type CliProcess, eventually, type Homeport, pair, type World, world } from "../harness/homeport.ts";
import { type Inspircd, inspircd } from "../servers/inspircd.ts";
import { type IrcPeer, ircPeer } from "../servers/irc-peer.ts";
import { requireServer } from "../servers/require-server.ts";
import { between, expectHeard, expectSent, Sender, Speaker } from "./flow.ts";
import { descendants, isAlive } from "./processes.ts";

const irc = await requireServer("irc", "bwrap");
/** One more within ten minutes, and the account is quarantined. */
const HARMLESS_KILLS = 4;

describe.skipIf(!irc.ok)("kill -9 of the bridge's process, while lines come in and messages go out", () => {
  let place: World;
  let home: Homeport;
  let phone: Homeport;
  let server: Inspircd;
  let bob: IrcPeer;
  let account: string;
  let channel: string;
  let onPhone: CliProcess;

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
    await bob?.close();
    await place?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  /** The innermost process is the one that runs the plugin; its sandbox ends with it. */
  const killBridge = async () => {
    const tree = descendants(home.daemon.pid);
    process.kill(tree.at(-1) as number, "SIGKILL");
    await eventually("the sandbox is gone", () => !tree.some(isAlive) || undefined);
  };

  const isOnline = () => untilBridge(home, account, ({ state }) => state === "online");

  test("nothing is lost or there twice, or it is visibly in doubt; the node goes on", { timeout: 240_000 }, async () => {
    await using speaker = new Speaker(bob, "#flow", 40);
    await using sender = new Sender(phone, channel, 70);
    for (let round = 0; round < HARMLESS_KILLS; round++) {
      await sleep(between(500, 3_000));
      await killBridge();
      await isOnline();
    }
    await sleep(1_500);
    await sender.stop();
    await speaker.stop();
    expect(home.isRunning).toBe(true);
    const settled = async () => (await history(phone, channel, 100_000)).every(({ state }) => state !== "queued");
    await eventually("nothing is queued", async () => (await settled()) || undefined);
    await heard(onPhone, `in ${speaker.said}`);
    const messages = await history(phone, channel, 100_000);
    const states = expectSent(messages, sender.confirmed, bob);
    expect(Object.keys(states).filter((state) => !["sent", "in-doubt"].includes(state))).toEqual([]);
    const counts = expectHeard(messages, speaker.said);
    expect(counts.gaps).toBe(HARMLESS_KILLS);
    console.warn("outgoing", states, "incoming", counts);
  });

  test("the fifth time it is quarantined and says so; what is queued waits until it is started again", async () => {
    await killBridge();
    const row = await untilBridge(home, account, ({ state }) => state === "quarantined");
    expect(row).toMatchObject({
      error: { message: expect.stringMatching(/\w/), action: expect.stringMatching(/\w/) },
      link: null,
      label: null,
    });
    expect(await bridgeRow(phone, account)).toMatchObject({ state: "quarantined" });
    const { id } = await phone.json<{ id: string }>("send", channel, "waits for the person");
    await sleep(2_000);
    expect(statesOf(onPhone, id)).toEqual(["queued"]);
    expect((await bridgeRow(home, account)).state).toBe("quarantined");
    await phone.json("bridge", "start", account);
    await isOnline();
    await becomes(onPhone, id, "sent");
    expect(await bob.waitFor(/PRIVMSG #flow :waits for the person/)).toContain(":alice");
  });

  test("the children end with the daemon, also when it is killed", async () => {
    const tree = descendants(home.daemon.pid);
    expect(tree.length).toBeGreaterThan(0);
    await home.kill();
    await eventually("all are gone", () => !tree.some(isAlive) || undefined);
  });
});
