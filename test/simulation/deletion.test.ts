import { expect, test } from "vitest";
import { KIND } from "../../src/sync/content/kinds.ts";
import { deleteConversation, deleteEntries } from "../../src/sync/deletion/delete.ts";
import type { Conversation, StoredEntry } from "../../src/sync/core.ts";
import { toHex } from "../../src/sync/encoding/bytes.ts";
import { digestOf } from "../../src/sync/log/vector.ts";
import type { SimDevice } from "./sim-device.ts";
import { SimNetwork } from "./sim-network.ts";

async function together(seed: number, names: readonly string[]): Promise<SimNetwork> {
  const network = await SimNetwork.create(seed, names);
  await meet(network);
  return network;
}

async function meet(network: SimNetwork, rounds = 2): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    network.connectAll();
    await network.world.run(5000);
  }
}

const entryOf = (device: SimDevice, text: string): StoredEntry => {
  const rows = device.sql.all<{ row: number }>("select row from entry where body is not null");
  const row = rows.find(({ row }) => (device.device.body(row) as { text?: string })?.text === text)?.row ?? 0;
  return device.device.entry(row) as StoredEntry;
};
const remove = (device: SimDevice, ...texts: string[]): void =>
  device.device.transact((writer) =>
    deleteEntries(
      writer,
      texts.map((text) => entryOf(device, text)),
    ),
  );
const bridged = (device: SimDevice): Conversation =>
  device.device.conversations().find(({ founding }) => founding.kind === "bridge") as Conversation;
const removeChat = (device: SimDevice, conversation: Conversation, after: "reopen" | "block" = "reopen"): void =>
  device.device.transact((writer) => deleteConversation(writer, device.device.cuts, conversation, after));
const digest = ({ device }: SimDevice): string =>
  toHex(digestOf(device.crypto, device.vector(device.conversations().find(({ founding }) => founding.kind === "bridge")?.row ?? 0)));
const bodies = ({ sql, device }: SimDevice): (string | undefined)[] =>
  sql.all<{ row: number }>("select row from entry where body is not null").map(({ row }) => (device.body(row) as { text?: string }).text);
const rowsOf = (device: SimDevice, conversation: Uint8Array): number =>
  device.sql.get<{ n: number }>(
    "select count(*) as n from entry where conversation = ?",
    device.device.conversationById(conversation)?.row ?? 0,
  )?.n ?? 0;

test("E1, E2: what one device deletes goes on all, also where it comes later, and a line without text stays", async () => {
  const network = await together(1, ["home", "phone", "laptop"]);
  const [home, phone, laptop] = network.devices as [SimDevice, SimDevice, SimDevice];
  network.die(laptop);
  home.write("secret");
  home.write("kept");
  await meet(network);
  remove(phone, "secret");
  await meet(network);
  laptop.restart();
  await meet(network, 3);
  for (const device of [home, phone, laptop]) {
    expect(bodies(device)).not.toContain("secret");
    expect(device.texts()).toEqual(["undefined", "kept"]);
  }
  expect(Object.fromEntries(laptop.view())).toEqual(Object.fromEntries(home.view()));
});

test("E1: deleting the same again, and more of it, changes nothing and writes no body back", async () => {
  const network = await together(2, ["home", "phone"]);
  const [home, phone] = network.devices as [SimDevice, SimDevice];
  home.write("a");
  home.write("b");
  await meet(network);
  const [a, b] = [entryOf(phone, "a"), entryOf(phone, "b")];
  home.device.transact((writer) => deleteEntries(writer, [entryOf(home, "a")]));
  phone.device.transact((writer) => deleteEntries(writer, [a, b]));
  phone.device.transact((writer) => deleteEntries(writer, [b, a]));
  await meet(network);
  for (const device of [home, phone]) {
    expect(device.texts()).toEqual(["undefined", "undefined"]);
    expect(device.sql.all("select first, last from tombstone_range")).toEqual([{ first: a.seq, last: b.seq }]);
  }
});

test("E2: an edit of a deleted message goes with it, and one that comes afterwards too", async () => {
  const network = await together(3, ["home", "phone"]);
  const [home, phone] = network.devices as [SimDevice, SimDevice];
  home.write("first words");
  await meet(network);
  const { feed, incarnation: inc, seq } = entryOf(phone, "first words");
  const edit = (device: SimDevice, text: string) =>
    device.device.transact((writer) => writer.append(device.device.ownLog.row, KIND.edit, { target: { feed, inc, seq }, text }));
  edit(home, "second words");
  await meet(network);
  for (const connection of network.connections()) connection.cut();
  edit(home, "third words");
  remove(phone, "first words");
  expect(bodies(phone)).not.toContain("second words");
  await meet(network, 3);
  for (const device of [home, phone]) for (const text of bodies(device)) expect(text ?? "").not.toMatch(/words/);
});

test("E3: a deleted conversation shrinks to the ends of its feeds on every device, and a later message opens it again", async () => {
  const network = await together(4, ["home", "phone", "laptop"]);
  const [home, phone, laptop] = network.devices as [SimDevice, SimDevice, SimDevice];
  home.ingest("#chan", ["one", "two", "three"]);
  await meet(network);
  network.die(laptop);
  home.ingest("#chan", ["four"]);
  await meet(network);
  const { id } = bridged(phone);
  removeChat(phone, bridged(phone));
  await meet(network);
  expect(rowsOf(home, id)).toBe(1);
  home.ingest("#chan", ["news"]);
  laptop.restart();
  await meet(network, 3);
  for (const device of [home, phone, laptop]) {
    expect(device.texts()).toEqual(["news"]);
    expect(rowsOf(device, id)).toBe(2);
  }
  for (const device of [phone, laptop]) expect(digest(device)).toBe(digest(home));
});

test("E3: into a blocked conversation nothing comes any more, until it is opened again", async () => {
  const network = await together(5, ["home", "phone"]);
  const [home, phone] = network.devices as [SimDevice, SimDevice];
  home.ingest("#chan", ["one"]);
  await meet(network);
  removeChat(phone, bridged(phone), "block");
  await meet(network);
  home.ingest("#chan", ["two"]);
  await meet(network);
  for (const device of [home, phone]) expect(device.texts()).toEqual([]);
  for (const device of [home, phone]) expect(bodies(device)).not.toContain("two");
  removeChat(phone, bridged(phone), "reopen");
  await meet(network);
  home.ingest("#chan", ["three"]);
  await meet(network);
  for (const device of [home, phone]) expect(device.texts()).toEqual(["three"]);
});

test("E3, E4: what a device wrote before it heard of the deletion goes as well, and it sends nothing of it to those who know", async () => {
  const network = await together(6, ["home", "phone", "laptop"]);
  const [home, phone, laptop] = network.devices as [SimDevice, SimDevice, SimDevice];
  home.ingest("#chan", ["one"]);
  await meet(network);
  for (const connection of network.connections()) connection.cut();
  home.ingest("#chan", ["unseen by the phone", "this too"]);
  await network.world.run(1000);
  removeChat(phone, bridged(phone));
  network.connect(phone, laptop);
  await network.world.run(5000);
  await meet(network, 3);
  for (const device of [home, phone, laptop]) {
    expect(device.texts()).toEqual([]);
    expect(bodies(device)).not.toContain("this too");
    expect(device.received.join("\n")).not.toContain("this too");
    expect(digest(device)).toBe(digest(home));
  }
});

test("E4: a new device hears of deletions before it gets anything, and no deleted text reaches it", async () => {
  const network = await together(7, ["home", "phone"]);
  const [home, phone] = network.devices as [SimDevice, SimDevice];
  home.ingest("#chan", ["gone with its chat"]);
  home.write("secret");
  home.write("kept");
  await meet(network);
  // The phone still has the texts when the new device meets it.
  network.die(phone);
  remove(home, "secret");
  removeChat(home, bridged(home));
  await network.join("tablet");
  const tablet = network.devices[2] as SimDevice;
  network.connect(home, tablet);
  await network.world.run(20_000);
  phone.restart();
  network.connect(phone, tablet);
  await meet(network, 3);
  for (const device of [tablet, phone]) expect(device.texts()).toEqual(["undefined", "kept"]);
  expect(tablet.received.join("\n")).not.toMatch(/secret|gone with/);
});

test("E2: what is deleted does not come back from a device whose disk was set back", async () => {
  const network = await together(8, ["home", "phone"]);
  const [home, phone] = network.devices as [SimDevice, SimDevice];
  home.write("secret");
  await meet(network);
  const image = phone.sql.image();
  remove(phone, "secret");
  await meet(network);
  network.die(phone);
  phone.restart(image);
  expect(phone.texts()).toEqual(["secret"]);
  await meet(network, 3);
  for (const device of [home, phone]) expect(device.texts()).toEqual(["undefined"]);
});

test("E1: what expires goes on every device at its time, also on one that was off, and retention takes what is old", async () => {
  const network = await together(9, ["home", "phone"]);
  const [home, phone] = network.devices as [SimDevice, SimDevice];
  const own = home.device.ownLog.row;
  home.device.transact((writer) => writer.append(own, KIND.text, { text: "for an hour", style: "text", ttl: 3600 }));
  home.write("for a day");
  home.device.transact((writer) => writer.append(own, KIND.retention, { days: 1 }));
  await meet(network);
  expect(phone.texts()).toEqual(["for an hour", "for a day"]);
  network.die(phone);
  await network.world.run(2 * 3_600_000);
  expect(home.texts()).toEqual(["undefined", "for a day"]);
  phone.restart();
  expect(phone.texts()).toEqual(["undefined", "for a day"]);
  await meet(network);
  await network.world.run(26 * 3_600_000);
  await meet(network);
  for (const device of [home, phone]) expect(device.texts()).toEqual([]);
  expect(home.sql.get<{ n: number }>("select count(*) as n from entry where kind = ?", KIND.tombstone)?.n).toBeLessThanOrEqual(2);
});

test("E2: of drafts only the text of the newest is kept, on every device and whatever comes first", async () => {
  const network = await together(10, ["home", "phone"]);
  const [home, phone] = network.devices as [SimDevice, SimDevice];
  const write = (device: SimDevice, text: string) =>
    device.device.transact((writer) => writer.append(device.device.ownLog.row, KIND.draft, { text }));
  write(home, "first thought");
  await meet(network);
  for (const connection of network.connections()) connection.cut();
  write(phone, "second thought");
  await network.world.run(1000);
  write(home, "third thought");
  await meet(network, 3);
  for (const device of [home, phone]) expect(bodies(device).filter((text) => text?.includes("thought"))).toEqual(["third thought"]);
});

test("E1: a message that has expired when it comes is not shown, and no component keeps anything of it", async () => {
  const network = await together(11, ["home", "phone"]);
  const [home, phone] = network.devices as [SimDevice, SimDevice];
  for (const connection of network.connections()) connection.cut();
  home.clock.skew = -7200_000;
  home.device.transact((writer) => writer.append(home.device.ownLog.row, KIND.text, { text: "for a minute", style: "text", ttl: 60 }));
  await meet(network, 2);
  expect(phone.texts()).toEqual(["undefined"]);
  expect(phone.sql.all("select 1 from deletion_expiry")).toEqual([]);
});
