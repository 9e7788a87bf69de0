import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OutboxRow } from "../../src/api/outbox.ts";
import {
  addArguments,
  addIrc,
  becomes,
  bridgeRow,
  heard,
  history,
  inTheClear,
  messagesOf,
  open,
  overTls,
  statesOf,
  untilBridge,
} from "../e2e/irc.ts";
import { type CliProcess, eventually, type Homeport, pair, refusalOf, type World, world } from "../harness/homeport.ts";
import { type Inspircd, inspircd } from "../servers/inspircd.ts";
import { type IrcPeer, ircPeer } from "../servers/irc-peer.ts";
import { requireServer } from "../servers/require-server.ts";
import { type TcpProxy, tcpProxy } from "../servers/tcp-proxy.ts";
import { between, expectSent, rounds, Sender } from "./flow.ts";
import { type LineConnection, lineServer } from "../unit/irc/line-server.ts";

const irc = await requireServer("irc", "bwrap");
const CUTS = rounds(6);

describe.skipIf(!irc.ok)("an IRC server that goes away in the middle of sending", () => {
  let place: World;
  let home: Homeport;
  let phone: Homeport;
  let server: Inspircd;
  let way: TcpProxy;
  let bob: IrcPeer;
  let account: string;
  let channel: string;
  let onPhone: CliProcess;

  beforeAll(async () => {
    place = await world();
    server = await inspircd();
    way = await tcpProxy(server.tlsPort);
    ({ home, phone } = await pair(place));
    account = await addIrc(home, { ...(await overTls({ host: "127.0.0.1", tlsPort: way.port })), nick: "alice" });
    channel = await open(phone, account, "#doubt");
    bob = await ircPeer({ port: server.port, nick: "bob" });
    await bob.join("#doubt");
    onPhone = await phone.watch();
  });
  afterAll(async () => {
    await bob?.close();
    await place?.[Symbol.asyncDispose]();
    await way?.close();
    await server?.[Symbol.asyncDispose]();
  });

  const isOnline = () => untilBridge(home, account, ({ state }) => state === "online");
  const outbox = () => phone.json<OutboxRow[]>("outbox");
  const got = (text: string) => bob.matching(new RegExp(` :${text}$`)).length;

  /** Sends from the phone while nothing passes, and cuts the connection; the server never sees the message. */
  async function loseOnTheWay(text: string): Promise<string> {
    way.stall(true);
    const { id } = await phone.json<{ id: string }>("send", channel, text);
    await sleep(1_000);
    way.cut();
    way.stall(false);
    await becomes(onPhone, id, "in-doubt");
    return id;
  }

  test("what was handed over and not confirmed is in doubt, not sent again by itself, and listed for the person", async () => {
    const id = await loseOnTheWay("lost on the way");
    await isOnline();
    await bob.waitFor(/:alice!\S+ JOIN/);
    expect(await outbox()).toEqual([
      {
        id,
        conversation: channel,
        state: "in-doubt",
        reason: expect.stringMatching(/may not have been delivered/),
        since: expect.any(Number),
      },
    ]);
    expect(statesOf(onPhone, id)).toEqual(["queued", "in-doubt"]);
    await sleep(2_000);
    expect(got("lost on the way")).toBe(0);
  });

  test("O7: it holds up nothing that comes after it", async () => {
    expect(await phone.json("send", channel, "the one after it", "--wait")).toMatchObject({ state: "sent" });
    expect(got("the one after it")).toBe(1);
  });

  test("it stays in doubt over a restart of the daemon", async () => {
    await home.stop();
    await home.start();
    await isOnline();
    await phone.untilConnected(home);
    expect(await outbox()).toHaveLength(1);
    expect(got("lost on the way")).toBe(0);
  });

  test("`outbox resend` sends it, once", async () => {
    const [row] = await outbox();
    expect(await phone.json("outbox", "resend", row?.id ?? "")).toEqual({ id: row?.id, state: "queued" });
    await becomes(onPhone, row?.id ?? "", "sent");
    expect(got("lost on the way")).toBe(1);
    expect(await outbox()).toEqual([]);
    expect(await phone.refusal("outbox", "resend", row?.id ?? "")).toMatchObject({ exit: 1, code: expect.not.stringMatching("internal") });
  });

  test("what did arrive and whose confirmation was lost is in doubt too; `outbox settle` holds it to be sent", async () => {
    way.delay(1_500);
    const { id } = await phone.json<{ id: string }>("send", channel, "arrived, unconfirmed");
    await bob.waitFor(/:arrived, unconfirmed$/);
    way.cut();
    way.delay(0);
    await becomes(onPhone, id, "in-doubt");
    await isOnline();
    expect(await phone.json("outbox", "settle", id)).toEqual({ id, state: "sent" });
    await becomes(onPhone, id, "sent");
    await sleep(1_000);
    expect(got("arrived, unconfirmed")).toBe(1);
    expect(await outbox()).toEqual([]);
    expect((await history(home, channel)).filter(({ text }) => text === "arrived, unconfirmed")).toMatchObject([{ id, state: "sent" }]);
  });

  test("send --wait says so with exit 1 and the code `in-doubt`", async () => {
    way.stall(true);
    const sending = phone.stream(["send", channel, "waited for in vain", "--wait"]);
    await heard(onPhone, "waited for in vain");
    await sleep(1_000);
    way.cut();
    way.stall(false);
    const refused = refusalOf(await sending.ended, "send");
    expect(refused).toMatchObject({ exit: 1, code: "in-doubt" });
    const { id, state } = JSON.parse(refused.stdout) as { id: string; state: string };
    expect(state).toBe("in-doubt");
    await isOnline();
    await phone.json("outbox", "settle", id);
  });

  test("what is sent while the server is down waits, and goes out in its order when it is back", async () => {
    await server.kill();
    await untilBridge(home, account, ({ state }) => state !== "online");
    const texts = Array.from({ length: 5 }, (_, n) => `queued meanwhile ${n}`);
    const ids: string[] = [];
    for (const text of texts) {
      const { id, state } = await phone.json<{ id: string; state: string }>("send", channel, text);
      expect(state).toBe("queued");
      ids.push(id);
    }
    await server.start();
    bob = await ircPeer({ port: server.port, nick: "bob" });
    await bob.join("#doubt");
    for (const id of ids) await becomes(onPhone, id, "sent");
    const order = bob.lines.flatMap((line) => /PRIVMSG #doubt :(queued meanwhile \d)$/.exec(line)?.[1] ?? []);
    expect(order).toEqual(texts);
  });

  test(`the connection cut ${CUTS} times while messages go out: each arrives once, or is in doubt`, {
    timeout: 60_000 * CUTS,
  }, async () => {
    await using sender = new Sender(phone, channel, 30);
    for (let cut = 0; cut < CUTS; cut++) {
      await isOnline();
      await sleep(between(200, 1_500));
      way.cut();
      await untilBridge(home, account, ({ state }) => state === "backoff");
      // It waits longer each time that a connection did not last; the person does not.
      await home.json("bridge", "start", account);
    }
    await isOnline();
    await sleep(500);
    await sender.stop();
    const waiting = async () => (await history(phone, channel, 10_000)).some(({ state }) => state === "queued");
    await eventually("nothing waits", async () => !(await waiting()) || undefined);
    const states = expectSent(await history(phone, channel, 10_000), sender.confirmed, bob);
    expect(Object.keys(states).filter((state) => !["sent", "in-doubt"].includes(state))).toEqual([]);
    console.warn("outgoing", states);
  });
});

describe.skipIf(!irc.ok)("a server that sends what no server should", () => {
  let place: World;
  let home: Homeport;
  beforeAll(async () => {
    place = await world();
    home = await place.machine("home");
    await home.init();
    await home.start();
  });
  afterAll(() => place?.[Symbol.asyncDispose]());

  test("an oversized line, a line without end and broken text are dropped with a word in the log; what follows is heard", {
    timeout: 120_000,
  }, async () => {
    await using server = await lineServer();
    const adding = home.stream([...addArguments({ ...inTheClear({ host: "127.0.0.1", port: server.port }), nick: "alice" }), "--wait"]);
    let connection: LineConnection = await server.accept(60_000);
    await connection.greet();
    const { account } = JSON.parse((await adding.ended).stdout) as { account: string };
    const opening = open(home, account, "#odd");
    await connection.admit("#odd");
    const conversation = await opening;
    const watching = await home.watch();

    connection.send(`:bob!b@h PRIVMSG #odd :${"x".repeat(20_000)}`);
    connection.send(":bob!b@h PRIVMSG #odd :after the long line");
    await heard(watching, "after the long line");

    const megabyte = "y".repeat(1 << 20);
    for (let n = 0; n < 40; n++) await new Promise<void>((resolve) => connection.socket.write(megabyte, () => resolve()));
    connection.send("", ":bob!b@h PRIVMSG #odd :after forty megabytes without a line end");
    await heard(watching, "after forty megabytes without a line end");

    connection.socket.write(Buffer.from([...Buffer.from(":bob!b@h PRIVMSG #odd :caf"), 0xe9, 0x00, 0xff, ...Buffer.from("\r\n")]));
    connection.send("::::", "@;;;=\\ PRIVMSG", ":bob", "PRIVMSG", " ", ":bob!b@h PRIVMSG #odd :after the nonsense");
    await heard(watching, "after the nonsense");
    expect(
      messagesOf(watching)
        .map(({ text }) => text.slice(0, 20))
        .filter((text) => /^[xy]{5}/.test(text)),
    ).toEqual([]);
    expect(home.daemon.stderr).toMatch(/too long/);
    expect((await bridgeRow(home, account)).state).toBe("online");

    connection.socket.destroy();
    connection = await server.accept(60_000);
    await connection.greet();
    await connection.admit("#odd");
    connection.send(":bob!b@h PRIVMSG #odd :after the reconnection");
    await heard(watching, "after the reconnection");
    expect((await history(home, conversation)).some(({ kind }) => kind === "gap")).toBe(true);
  });
});
