import { beforeEach, describe, expect, test } from "vitest";
import type { Message } from "../../../src/api/messages.ts";
import { Moments } from "../../../src/device/moments.ts";
import { KIND } from "../../../src/sync/content/kinds.ts";
import type { Conversation } from "../../../src/sync/core.ts";
import type { Cbor } from "../../../src/sync/encoding/cbor.ts";
import { conversationText } from "../../../src/sync/log/public-id.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";
import { SimNetwork } from "../../simulation/sim-network.ts";
import { type Api, CALL, deviceApi, watched } from "./device-api.ts";
import { Pen, type Place } from "./pen.ts";

let network: SimNetwork;
let home: SimDevice;
let phone: SimDevice;
let api: { home: Api; phone: Api };
let notes: string;

beforeEach(async () => {
  network = await SimNetwork.create(5, ["home", "phone"]);
  [home, phone] = network.devices as [SimDevice, SimDevice];
  network.connectAll();
  await meet();
  api = { home: await deviceApi(home), phone: await deviceApi(phone) };
  notes = conversationText(home.device.ownLog.id);
});

/** Until both have the same. */
const meet = () => network.world.run(60_000);
const send = async (text: string) => (await api.home.send({ conversation: notes, text, style: "text" }, CALL)).id;
const read = async (of: Api, conversation = notes): Promise<Message[]> => (await of.read({ conversation, limit: 50 }, CALL)).messages;
const chat = async (of: Api, conversation = notes) => (await of.chats({}, CALL)).find((row) => row.conversation === conversation);

/** A conversation on a network that `home` has a bridge to. */
function room(can?: { edit: number; reactions: number; reply: number }): Conversation {
  const founding = { kind: "bridge", account: home.device.account.account, network: "net", bridge: "b", conv: "#room" } as const;
  return home.device.transact((writer) => {
    const conversation = writer.found(founding);
    writer.append(conversation.row, KIND.conversationInfo, { name: "#room", kind: "channel", open: true, ...(can && { can }) });
    return conversation;
  });
}

function hear(conversation: Conversation, text: string, more: { [key: string]: Cbor } = {}): void {
  home.device.transact((writer) => writer.append(conversation.row, KIND.bridged, { ...HEARD, text, ...more }));
}

const HEARD = {
  shape: "text",
  from: { id: "alice", name: "alice", self: false },
  ts: 1,
  label: "plaintext",
  facts: { link: { kind: "none", verified: false, measuredBy: "host" }, source: "live" },
};

describe("messages", () => {
  test("an edit shows the new text on both devices, and watch says that the message changed", async () => {
    const id = await send("helo");
    await meet();
    const { cursor } = (await watched(api.phone, "c0")).at(-1) as { cursor: string };
    await api.home.edit({ message: id, text: "hello" }, CALL);
    await api.phone.edit({ message: id, text: "hello!" }, CALL);
    await meet();
    for (const of of [api.home, api.phone]) expect(await read(of)).toMatchObject([{ id, text: "hello!", edited: true }]);
    const changes = (await watched(api.phone, cursor)).filter(({ event }) => event === "changed");
    expect(changes.at(-1)).toMatchObject({ message: { id, text: "hello!" } });
  });

  test("reactions count once for a person, are taken back by any of their devices, and put back again", async () => {
    const id = await send("news");
    await meet();
    await api.home.react({ message: id, emoji: "🎉", on: true }, CALL);
    await api.phone.react({ message: id, emoji: "🎉", on: true }, CALL);
    await api.phone.react({ message: id, emoji: "👍", on: true }, CALL);
    await meet();
    const both = [
      { emoji: "🎉", count: 1, self: true },
      { emoji: "👍", count: 1, self: true },
    ];
    expect((await read(api.home))[0]?.reactions).toEqual(both);
    await api.home.react({ message: id, emoji: "🎉", on: false }, CALL);
    await meet();
    expect((await read(api.phone))[0]?.reactions).toEqual([both[1]]);
    await api.home.react({ message: id, emoji: "🎉", on: true }, CALL);
    expect((await read(api.home))[0]?.reactions).toEqual(both);
  });

  test("a message is pinned and unpinned, a reply names what it answers, and an expiry is shown", async () => {
    const id = await send("agenda");
    await api.home["message.pin"]({ message: id, on: true }, CALL);
    const sent = await api.home.send({ conversation: notes, text: "seen", style: "text", replyTo: id, expires: 3600 }, CALL);
    await meet();
    const [first, second] = await read(api.phone);
    expect(first).toMatchObject({ id, pinned: true });
    expect(second).toMatchObject({ id: sent.id, replyTo: id, expires: (second?.ts ?? 0) + 3_600_000 });
    await api.phone["message.pin"]({ message: id, on: false }, CALL);
    await meet();
    expect((await read(api.home))[0]?.pinned).toBeUndefined();
  });

  test("E2: with a message go the texts of its edits and the reactions to it", async () => {
    const id = await send("secret");
    const { id: edit } = await api.home.edit({ message: id, text: "more secret" }, CALL);
    await api.home.react({ message: id, emoji: "🎉", on: true }, CALL);
    const rows = home.sql.all<{ row: number }>("select row from entry where kind in (?, ?, ?)", KIND.text, KIND.edit, KIND.reaction);
    home.device.transact((writer) => writer.erase([rows[0]?.row ?? 0]));
    expect(rows.map(({ row }) => home.device.body(row))).toEqual([undefined, undefined, undefined]);
    const [message] = await read(api.home);
    expect(message).toMatchObject({ id, text: "" });
    expect(message?.edited ?? message?.reactions).toBeUndefined();
    await expect(api.home.edit({ message: id, text: "back" }, CALL)).rejects.toMatchObject({ code: "not-found" });
    await expect(api.home.edit({ message: edit, text: "back" }, CALL)).rejects.toMatchObject({ code: "not-found" });
  });

  test("what was said about a message before it came shows when it comes", async () => {
    const place: Place = { conversation: home.device.ownLog, incarnation: new Uint8Array(8).fill(9) };
    const [texts, about] = [new Pen(phone, place), new Pen(home, { ...place, incarnation: new Uint8Array(8).fill(8) })];
    const target = { ...Pen.ref(phone, place, 1) };
    const ms = home.device.now();
    const runs = [
      await about.write(KIND.edit, { ms, n: 1 }, { target, text: "newer" }),
      await about.write(KIND.reaction, { ms, n: 2 }, { target, emoji: "🎉", on: false }),
      await about.write(KIND.pinMessage, { ms, n: 3 }, { target, on: true }),
      await texts.write(KIND.text, { ms, n: 0 }, { text: "older", style: "text" }),
    ];
    for (const run of runs) phone.device.receive([{ conversation: phone.device.ownLog, run }]);
    expect(await read(api.phone)).toMatchObject([{ text: "newer", edited: true, pinned: true }]);
    expect((await read(api.phone))[0]?.reactions).toBeUndefined();
  });
});

describe("bridged conversations", () => {
  test("what the network cannot do is refused, and nothing is kept of it", async () => {
    const conversation = conversationText(room({ edit: -2, reactions: 0, reply: 0 }).id);
    const { id } = await api.home.send({ conversation, text: "hi", style: "text" }, CALL);
    await expect(api.home.edit({ message: id, text: "ho" }, CALL)).rejects.toMatchObject({ code: "unsupported" });
    await expect(api.home.react({ message: id, emoji: "👍", on: true }, CALL)).rejects.toMatchObject({ code: "unsupported" });
    await expect(api.home.send({ conversation, text: "hi", style: "text", expires: 60 }, CALL)).rejects.toMatchObject({
      code: "unsupported",
    });
    const [message] = await read(api.home, conversation);
    expect(message).toMatchObject({ text: "hi" });
    expect(message?.unsent).toBeUndefined();
  });

  test("only the author edits: what another person said keeps its text", async () => {
    const there = room({ edit: 2, reactions: 2, reply: 2 });
    hear(there, "mine");
    const conversation = conversationText(there.id);
    const [message] = await read(api.home, conversation);
    await expect(api.home.edit({ message: message?.id ?? "", text: "yours" }, CALL)).rejects.toMatchObject({ code: "not-yours" });
    const entry = home.sql.get<{ row: number }>("select row from entry where kind = ?", KIND.bridged);
    const { feed, incarnation, seq } = home.device.entry(entry?.row ?? 0) ?? {
      feed: new Uint8Array(),
      incarnation: new Uint8Array(),
      seq: 0,
    };
    home.device.transact((writer) => writer.append(there.row, KIND.edit, { target: { feed, inc: incarnation, seq }, text: "yours" }));
    expect(await read(api.home, conversation)).toMatchObject([{ text: "mine" }]);
    expect((await read(api.home, conversation))[0]?.edited).toBeUndefined();
  });

  test("B8: unread counts agree on all devices, whichever reads, and follow arrival", async () => {
    const there = room();
    const conversation = conversationText(there.id);
    hear(there, "one");
    hear(there, "two", { mentionsMe: true });
    hear(there, "three");
    await meet();
    for (const of of [api.home, api.phone]) expect(await chat(of, conversation)).toMatchObject({ unread: 3, mentions: 1 });
    const second = (await read(api.phone, conversation))[1]?.id ?? "";
    await api.phone.mark({ conversation, upTo: second }, CALL);
    await meet();
    for (const of of [api.home, api.phone]) expect(await chat(of, conversation)).toMatchObject({ unread: 1, mentions: 0 });
    // Nothing new was seen: nothing is said.
    const before = home.sql.get<{ n: number }>("select count(*) as n from entry")?.n;
    await api.home.mark({ conversation, upTo: second }, CALL);
    expect(home.sql.get<{ n: number }>("select count(*) as n from entry")?.n).toBe(before);
  });

  test("a marker of what is not here yet makes it read when it comes", async () => {
    const there = room();
    await meet();
    const place: Place = { conversation: there, incarnation: new Uint8Array(8).fill(3) };
    const [bridge, marks] = [new Pen(home, place), new Pen(phone, { ...place, incarnation: new Uint8Array(8).fill(4) })];
    const ms = home.device.now();
    const upTo = { ...Pen.ref(home, place, 2) };
    const marker = await marks.write(KIND.readMarker, { ms, n: 9 }, { upTo, seen: [upTo] });
    const heard = [];
    for (const text of ["one", "two", "three"]) heard.push(await bridge.write(KIND.bridged, { ms, n: heard.length }, { ...HEARD, text }));
    const local = phone.device.conversationById(there.id) as Conversation;
    for (const run of [marker, ...heard]) phone.device.receive([{ conversation: local, run }]);
    expect(await chat(api.phone, conversationText(there.id))).toMatchObject({ unread: 1 });
  });
});

describe("conversations", () => {
  test("drafts, mutes, pins, archive and retention are the same on all devices, and watch tells of them", async () => {
    const { cursor } = (await watched(api.phone, "c0")).at(-1) as { cursor: string };
    await api.home["draft.set"]({ conversation: notes, text: "dear" }, CALL);
    await api.home["draft.set"]({ conversation: notes, text: "dear diary" }, CALL);
    await api.home["chat.pin"]({ conversation: notes, on: true }, CALL);
    await api.home["chat.archive"]({ conversation: notes, on: true }, CALL);
    await api.home["chat.retention"]({ conversation: notes, days: 30 }, CALL);
    const until = home.device.now() + 3_600_000;
    await api.home["chat.mute"]({ conversation: notes, on: true, until }, CALL);
    await meet();
    const state = { draft: "dear diary", pinned: true, archived: true, retention: 30, muted: true, mutedUntil: until };
    expect(await chat(api.phone)).toMatchObject(state);
    const events = (await watched(api.phone, cursor)).filter(({ event }) => event === "chat");
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ chat: { conversation: notes, ...state } });

    await api.phone["draft.set"]({ conversation: notes, text: "" }, CALL);
    await api.phone["chat.retention"]({ conversation: notes, days: null }, CALL);
    await api.phone["chat.pin"]({ conversation: notes, on: false }, CALL);
    await network.world.run(3_600_000);
    const row = await chat(api.home);
    expect(row).toMatchObject({ pinned: false, archived: true, muted: false });
    expect([row?.draft, row?.retention, row?.mutedUntil]).toEqual([undefined, undefined, undefined]);
    expect(await api.home["draft.get"]({ conversation: notes }, CALL)).toEqual({ conversation: notes, text: "" });
  });

  test("a mute that is over already is refused", async () => {
    await expect(api.home["chat.mute"]({ conversation: notes, on: true, until: 1 }, CALL)).rejects.toMatchObject({ code: "bad-time" });
  });
});

describe("what holds for a moment", () => {
  /** What `watch` on the phone tells of moments until there is nothing more to hear. */
  async function heardOnPhone(tell: () => void): Promise<unknown[]> {
    const events: unknown[] = [];
    const stop = new AbortController();
    const watching = api.phone.watch({}, { signal: stop.signal, emit: async (event) => void events.push(event) });
    await network.world.run(1_000);
    tell();
    await network.world.run(1_000);
    stop.abort();
    await watching.catch(() => undefined);
    return events.flatMap((event) => ((event as { event: string }).event === "moment" ? [(event as { moment: unknown }).moment] : []));
  }

  test("who types on a network reaches the connected devices, and nothing of it is stored", async () => {
    const there = room();
    const account = { bridge: "b", network: "net", device: home.key, name: "net", removed: false };
    home.device.transact((writer) => writer.append(home.device.ownLog.row, KIND.bridgeAccount, account));
    await meet();
    const before = phone.sql.get("select max(row) as row from entry");
    const moments = new Moments(home.device, home.sessions);
    const heard = await heardOnPhone(() => moments.tell(there.row, { kind: "typing", user: "alice", on: true, ttl: 5_000 }));
    expect(heard).toEqual([{ kind: "typing", conversation: conversationText(there.id), user: "alice", on: true, ttl: 5_000 }]);
    expect(phone.sql.get("select max(row) as row from entry")).toEqual(before);
  });

  test("a device that does not host the bridge is not believed", async () => {
    const there = room();
    const account = { bridge: "b", network: "net", device: phone.key, name: "net", removed: false };
    home.device.transact((writer) => writer.append(home.device.ownLog.row, KIND.bridgeAccount, account));
    await meet();
    const moments = new Moments(home.device, home.sessions);
    expect(await heardOnPhone(() => moments.tell(there.row, { kind: "presence", user: "alice", state: "away" }))).toEqual([]);
  });
});
