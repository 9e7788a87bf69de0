import { beforeEach, describe, expect, test } from "vitest";
import { KIND } from "../../../src/sync/content/kinds.ts";
import type { Conversation } from "../../../src/sync/core.ts";
import type { Cbor } from "../../../src/sync/encoding/cbor.ts";
import { conversationText } from "../../../src/sync/log/public-id.ts";
import { namesOneOf } from "../../../src/device/views/attention.ts";
import { estimateParts } from "../../../src/device/handlers/bridges.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";
import { SimNetwork } from "../../simulation/sim-network.ts";
import { type Api, CALL, deviceApi } from "./device-api.ts";

let network: SimNetwork;
let home: SimDevice;
let phone: SimDevice;
let api: { home: Api; phone: Api };

beforeEach(async () => {
  network = await SimNetwork.create(7, ["home", "phone"]);
  [home, phone] = network.devices as [SimDevice, SimDevice];
  network.connectAll();
  await meet();
  api = { home: await deviceApi(home), phone: await deviceApi(phone) };
});

const meet = () => network.world.run(60_000);
const founding = () => ({ kind: "bridge", account: home.device.account.account, network: "net", bridge: "b", conv: "#room" }) as const;

function room(): Conversation {
  return home.device.transact((writer) => {
    const conversation = writer.found(founding());
    const body = { bridge: "b", network: "net", device: home.key, name: "net", removed: false };
    writer.append(home.device.ownLog.row, KIND.bridgeAccount, body);
    writer.append(conversation.row, KIND.conversationInfo, { name: "#room", kind: "channel", open: true, topic: "talk" });
    return conversation;
  });
}

const LINK = { kind: "none", verified: false, measuredBy: "host" };
function hear({ row }: Conversation, text: string, more: { [key: string]: Cbor } = {}): void {
  const from = { id: "alice", name: "Alice", self: false };
  const body = { shape: "text", from, ts: 1, label: "plaintext", facts: { link: LINK, source: "live" }, text, ...more };
  home.device.transact((writer) => writer.append(row, KIND.bridged, body));
}

describe("reading around a place", () => {
  test("before, after and around a message meet without a hole and without a repetition", async () => {
    const conversation = room();
    const id = conversationText(conversation.id);
    for (let i = 0; i < 30; i++) hear(conversation, `line ${i}`);
    const newest = await api.home.read({ conversation: id, limit: 10 }, CALL);
    expect(newest).toMatchObject({ more: true, newer: false, place: null });
    const middle = newest.messages[0]?.id as string;
    const around = await api.home.read({ conversation: id, limit: 10, around: middle }, CALL);
    expect(around.messages.map(({ text }) => text)).toEqual(Array.from({ length: 10 }, (_, i) => `line ${15 + i}`));
    expect(around).toMatchObject({ more: true, newer: true, place: middle });
    const after = await api.home.read({ conversation: id, limit: 50, after: around.messages.at(-1)?.id }, CALL);
    expect(after.messages.map(({ text }) => text)).toEqual(["line 25", "line 26", "line 27", "line 28", "line 29"]);
    expect(after).toMatchObject({ more: true, newer: false });
    await expect(api.home.read({ conversation: id, limit: 5, around: middle, before: middle }, CALL)).rejects.toThrow("Give one of");
  });

  test("the first unread message and a time lead to their places; where there is none, the newest come", async () => {
    const conversation = room();
    const id = conversationText(conversation.id);
    for (let i = 0; i < 10; i++) hear(conversation, `line ${i}`, { placed: true, ts: 1000 + i });
    hear(conversation, "live");
    const unread = await api.home.read({ conversation: id, limit: 4, unread: true }, CALL);
    expect(unread.messages.find(({ id: one }) => one === unread.place)?.text).toBe("live");
    const dated = await api.home.read({ conversation: id, limit: 4, at: 1005 }, CALL);
    expect(dated.messages.find(({ id: one }) => one === dated.place)?.text).toBe("line 5");
    await api.home.mark({ conversation: id, upTo: unread.place as string }, CALL);
    expect(await api.home.read({ conversation: id, limit: 4, unread: true }, CALL)).toMatchObject({ place: null, newer: false });
  });

  test("a reply brings what it answers along, earlier texts are kept, and pins are listed", async () => {
    const notes = conversationText(home.device.ownLog.id);
    const { id } = await api.home.send({ conversation: notes, text: "plan", style: "text" }, CALL);
    await api.home.edit({ message: id, text: "plan B" }, CALL);
    await api.home.send({ conversation: notes, text: "yes", style: "text", replyTo: id }, CALL);
    await api.home["message.pin"]({ message: id, on: true }, CALL);
    const { messages } = await api.home.read({ conversation: notes, limit: 5 }, CALL);
    expect(messages.at(-1)?.quote).toMatchObject({ text: "plan B", self: true });
    expect((await api.home["message.versions"]({ message: id }, CALL)).map(({ text }) => text)).toEqual(["plan", "plan B"]);
    expect((await api.home["message.pins"]({ conversation: notes, limit: 5 }, CALL)).map((pin) => pin.id)).toEqual([id]);
  });
});

describe("attention", () => {
  const row = async (of: Api) => (await of.chats({}, CALL)).find(({ name }) => name === "#room");

  test("highlight words count as mentions on all devices, also in what was unread before", async () => {
    const conversation = room();
    hear(conversation, "the harbour is open");
    hear(conversation, "harbours elsewhere");
    await meet();
    expect(await row(api.phone)).toMatchObject({ unread: 2, mentions: 0 });
    await api.phone.highlights({ words: [" Harbour ", "Harbour"] }, CALL);
    hear(conversation, "HARBOUR!");
    await meet();
    hear(conversation, "a harbour");
    await meet();
    for (const of of [api.home, api.phone]) expect(await row(of)).toMatchObject({ unread: 4, mentions: 3 });
    const { messages } = await api.home.read({ conversation: conversationText(conversation.id), limit: 5 }, CALL);
    expect(messages.map(({ mention }) => mention === true)).toEqual([true, false, true, true]);
  });

  test("who is ignored is not counted on any device, and is again when that ends", async () => {
    const conversation = room();
    hear(conversation, "buy", { mentionsMe: true });
    await meet();
    await api.phone["ignore.set"]({ account: "b", user: "alice", name: "Alice", on: true }, CALL);
    await meet();
    hear(conversation, "buy more");
    await meet();
    for (const of of [api.home, api.phone]) {
      expect(await row(of)).toMatchObject({ unread: 0, mentions: 0 });
      expect(await of["ignore.list"]({}, CALL)).toEqual([{ account: "b", user: "alice", name: "Alice" }]);
    }
    const { messages } = await api.home.read({ conversation: conversationText(conversation.id), limit: 5 }, CALL);
    expect(messages.every(({ ignored }) => ignored)).toBe(true);
    await api.home["ignore.set"]({ account: "b", user: "alice", on: false }, CALL);
    await meet();
    for (const of of [api.home, api.phone]) expect(await row(of)).toMatchObject({ unread: 2, mentions: 1 });
  });

  test("all conversations are marked as read at once, on all devices", async () => {
    const conversation = room();
    hear(conversation, "one");
    hear(conversation, "two");
    await meet();
    expect(await api.phone["chats.mark"]({}, CALL)).toEqual({ marked: 1 });
    await meet();
    for (const of of [api.home, api.phone]) expect(await row(of)).toMatchObject({ unread: 0 });
  });

  test("a highlight word stands by itself, in any script and case", () => {
    expect(namesOneOf("Hallo ÄGIR!", ["ägir"])).toBe(true);
    expect(namesOneOf("ägirs", ["ägir"])).toBe(false);
    expect(namesOneOf("c++ is fine", ["c++"])).toBe(true);
    expect(namesOneOf("anything", [""])).toBe(false);
  });

  test("the lines of a text are estimated by what the network takes, where its bridge cannot be asked", () => {
    expect(estimateParts("a\n\nb", 100)).toBe(2);
    expect(estimateParts("ä".repeat(100), 100)).toBe(2);
    expect(estimateParts("", 100)).toBe(0);
    expect(estimateParts("one", undefined)).toBe(1);
  });
});
