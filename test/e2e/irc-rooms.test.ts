import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BridgeRow, MemberRow } from "../../src/api/bridges.ts";
import type { ChatRow } from "../../src/api/chats.ts";
import type { Message } from "../../src/api/messages.ts";
import { type CliProcess, eventually, type Homeport, pair, type World, world } from "../harness/homeport.ts";
import { type Inspircd, inspircd } from "../servers/inspircd.ts";
import { type IrcPeer, ircPeer } from "../servers/irc-peer.ts";
import { requireServer } from "../servers/require-server.ts";
import { addArguments, addIrc, bridgeRow, heard, history, messagesOf, open, overTls, untilBridge } from "./irc.ts";

const irc = await requireServer("irc", "bwrap");

describe.skipIf(!irc.ok)("IRC channels, their people and their end", () => {
  let place: World;
  let home: Homeport;
  let phone: Homeport;
  let server: Inspircd;
  let bob: IrcPeer;
  let account: string;
  let room: string;
  let onPhone: CliProcess;

  beforeAll(async () => {
    place = await world();
    server = await inspircd();
    ({ home, phone } = await pair(place));
    bob = await ircPeer({ port: server.port, nick: "bob" });
    // He opens it, and so is its operator.
    await bob.join("#room");
    account = await addIrc(home, { ...(await overTls(server)), nick: "alice" });
    onPhone = await phone.watch();
    room = await open(phone, account, "#room");
  });
  afterAll(async () => {
    await bob?.close();
    await place?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const line = (kind: Message["kind"], text: RegExp) => heard(onPhone, (message) => message.kind === kind && text.test(message.text));

  const members = async (device: Homeport) => (await device.json<MemberRow[]>("bridge", "members", room)).map(({ name }) => name).sort();

  test("an account that the home PC hosts is listed on both devices, with its state and what was measured", async () => {
    const expected = { account, network: "irc", device: home.device, state: "online", isolated: true, label: "server-reads" };
    for (const device of [home, phone]) {
      const row = await bridgeRow(device, account);
      expect(row).toMatchObject(expected);
      expect(row.link).toMatchObject({ kind: "tls", verified: true, measuredBy: "host" });
    }
  });

  test("a conversation that the phone opened is open at home too, as a channel", async () => {
    const row = (await home.json<ChatRow[]>("chats")).find(({ conversation }) => conversation === room);
    expect(row).toMatchObject({ name: "#room", kind: "channel", network: "irc", account });
    expect(await open(home, account, "#room")).toBe(room);
  });

  test("members are listed on both devices, and follow joins and parts", async () => {
    expect(await members(home)).toEqual(["alice", "bob"]);
    await using carol = await ircPeer({ port: server.port, nick: "carol" });
    await carol.join("#room");
    await line("join", /carol/);
    expect(await members(phone)).toEqual(["alice", "bob", "carol"]);
    carol.part("#room");
    await line("part", /carol/);
    await eventually("carol is no member", async () => !(await members(home)).includes("carol") || undefined);
  });

  test("a quit, a change of nick and a kick are lines of the conversation", async () => {
    const dave = await ircPeer({ port: server.port, nick: "dave" });
    await dave.join("#room");
    await line("join", /dave/);
    dave.raw("NICK david");
    await line("nick", /david/);
    await eventually("the new name", async () => (await members(phone)).includes("david") || undefined);
    bob.raw("KICK #room david :enough");
    await line("kick", /david/);
    await dave.join("#room");
    dave.raw("QUIT :bye");
    await line("quit", /david/);
    expect(await members(phone)).toEqual(["alice", "bob"]);
    await dave.close();
  });

  test("a topic is a line, and part of the conversation", async () => {
    bob.raw("TOPIC #room :what we talk about");
    expect((await line("topic", /what we talk about/)).from.name).toBe("bob");
  });

  test("what another person says keeps its author's name after he changed it", async () => {
    await using erin = await ircPeer({ port: server.port, nick: "erin" });
    await erin.join("#room");
    erin.say("#room", "as erin");
    const said = await heard(onPhone, "as erin");
    erin.raw("NICK erina");
    await line("nick", /erina/);
    erin.say("#room", "as erina");
    expect((await heard(onPhone, "as erina")).from.name).toBe("erina");
    expect((await history(phone, room)).find(({ id }) => id === said.id)?.from.name).toBe("erin");
  });

  test("one who is kicked is told so, and may open the channel again", async () => {
    bob.raw("KICK #room alice :out");
    await line("kick", /alice/);
    await open(phone, account, "#room");
    bob.say("#room", "welcome back");
    await heard(onPhone, "welcome back");
  });

  test("a channel that refuses is said so, and does not stay in the list", async () => {
    await bob.join("#closed");
    bob.raw("MODE #closed +i");
    await bob.waitFor(/MODE #closed :?\+i/);
    const refused = await phone.refusal("bridge", "open", account, "#closed", "--wait");
    expect(refused).toMatchObject({ exit: 1, message: expect.stringMatching(/invite/i) });
    expect((await phone.json<ChatRow[]>("chats")).map(({ name }) => name)).not.toContain("#closed");
  });

  test("the account joins its channels again after the server restarts, and a gap says what was not heard", async () => {
    await server.kill();
    await untilBridge(phone, account, ({ state }) => state !== "online");
    await server.start();
    await untilBridge(phone, account, ({ state }) => state === "online");
    const gap = await heard(onPhone, ({ kind, conversation }) => kind === "gap" && conversation === room);
    expect(gap.text).toMatch(/\w/);
    bob = await ircPeer({ port: server.port, nick: "bob" });
    await bob.join("#room");
    bob.say("#room", "after the restart");
    await heard(onPhone, "after the restart");
  });

  test("the account is online again after the daemon restarts, in its channels", async () => {
    await home.stop();
    await home.start();
    await untilBridge(home, account, ({ state }) => state === "online");
    await phone.untilConnected(home);
    await bob.waitFor(/:alice!\S+ JOIN :?#room/);
    bob.say("#room", "after the daemon's restart");
    await heard(onPhone, "after the daemon's restart");
    expect(await phone.json("send", room, "still here", "--wait")).toMatchObject({ state: "sent" });
    await bob.waitFor(/still here/);
  });

  test("bridge close leaves the channel; its history stays, and what is said then does not come in", async () => {
    expect(await phone.json("bridge", "close", room)).toEqual({ conversation: room, closed: true });
    await bob.waitFor(/:alice!\S+ PART :?#room/);
    bob.say("#room", "nobody of yours here");
    for (const device of [home, phone]) {
      await eventually("gone from the list", async () => {
        return !(await device.json<ChatRow[]>("chats")).some(({ conversation }) => conversation === room) || undefined;
      });
      expect((await history(device, room)).map(({ text }) => text)).toContain("after the daemon's restart");
    }
    expect(messagesOf(onPhone).map(({ text }) => text)).not.toContain("nobody of yours here");
    expect(await phone.refusal("send", room, "into the void")).toMatchObject({ exit: 1, code: expect.not.stringMatching("internal") });
  });

  test("it can be opened again, and is the same conversation", async () => {
    expect(await open(home, account, "#room")).toBe(room);
    bob.say("#room", "open again");
    await heard(onPhone, "open again");
  });

  test("an account added on the phone for the home PC runs there, and its password is in no file of the phone and no log", async () => {
    const password = "sesame-open-7391";
    const file = place.path("password.txt");
    writeFileSync(file, `${password}\n`, { mode: 0o600 });
    const given = { ...(await overTls(server)), nick: "alice2" };
    const added = await phone.json<{ account: string }>(...addArguments(given, { password: file }), "--device", "home", "--wait");
    expect(await bridgeRow(phone, added.account)).toMatchObject({ device: home.device, state: "online" });
    for (const device of [home, phone]) {
      expect(filesWith(device.data, password)).toEqual([]);
      expect(device.daemon.stderr).not.toContain(password);
    }
    expect(await phone.json("bridge", "remove", added.account)).toEqual({ account: added.account, removed: true });
  });

  test("a password is refused on the command line, where every program can read it", async () => {
    const refused = await home.refusal(...addArguments({ ...(await overTls(server)), nick: "x", password: "secret" }));
    expect(refused).toMatchObject({ exit: 2, code: "usage" });
  });

  test("bridge remove ends the account on the network and in the lists; the history stays", async () => {
    expect(await phone.json("bridge", "remove", account)).toEqual({ account, removed: true });
    await bob.waitFor(/:alice!\S+ QUIT/);
    for (const device of [home, phone]) {
      await eventually("no account left", async () => (await device.json<BridgeRow[]>("bridge", "list")).length === 0 || undefined);
    }
    expect((await history(phone, room)).map(({ text }) => text)).toContain("open again");
    expect(await home.refusal("bridge", "remove", account)).toMatchObject({ exit: 1, code: "not-found" });
    expect(readdirSync(join(home.data, "bridges"))).not.toContain(account);
  });
});

function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}
