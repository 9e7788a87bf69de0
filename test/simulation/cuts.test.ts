import { expect, test } from "vitest";
import { revokeDevice } from "../../src/device/revocation.ts";
import { messageOf } from "../../src/device/views/messages.ts";
import { KIND } from "../../src/sync/content/kinds.ts";
import { dropLate, keepLate, lateMessages } from "../../src/sync/cuts/late.ts";
import { deleteEntries } from "../../src/sync/deletion/delete.ts";
import type { StoredEntry } from "../../src/sync/core.ts";
import type { SimDevice } from "./sim-device.ts";
import { SimNetwork } from "./sim-network.ts";

const NAMES = ["home", "phone", "laptop", "tablet"];

interface Four {
  network: SimNetwork;
  home: SimDevice;
  phone: SimDevice;
  laptop: SimDevice;
  tablet: SimDevice;
}

async function four(seed: number): Promise<Four> {
  const network = await SimNetwork.create(seed, NAMES);
  await meet(network, network.devices, 2);
  const [home, phone, laptop, tablet] = network.devices as [SimDevice, SimDevice, SimDevice, SimDevice];
  return { network, home, phone, laptop, tablet };
}

async function meet(network: SimNetwork, devices: readonly SimDevice[], rounds = 1): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const from of devices) for (const to of devices) if (from.name < to.name) network.connect(from, to);
    await network.world.run(5000);
  }
}

const part = (network: SimNetwork): void => {
  for (const connection of network.connections()) connection.cut();
};
const late = ({ device }: SimDevice, of: SimDevice): number[] => lateMessages(device, device, of.key).map(({ count }) => count);

/** The laptop is lost; "in time" is known to all, "late" only to the tablet, which answers it without knowing. */
async function lost(seed: number): Promise<Four> {
  const all = await four(seed);
  const { network, home, phone, laptop, tablet } = all;
  laptop.write("in time");
  await meet(network, network.devices);
  part(network);
  laptop.write("late");
  await meet(network, [laptop, tablet]);
  tablet.write("answer");
  part(network);
  await revokeDevice(home.device, laptop.key);
  await meet(network, [home, phone]);
  return all;
}

test("C2: what a device had delivered behind its cut is taken back there, and held unseen by the others", async () => {
  const { network, home, phone, laptop, tablet } = await lost(1);
  expect(tablet.texts()).toEqual(["in time", "late", "answer"]);
  await meet(network, [home, phone, tablet], 2);
  for (const device of [home, phone, tablet]) expect(device.texts()).toEqual(["in time", "answer"]);
  for (const device of [home, phone, tablet]) expect(late(device, laptop)).toEqual([1]);
  expect(Object.fromEntries(tablet.view())).toEqual(Object.fromEntries(home.view()));
});

test("C4: an answer to a withdrawn message stays, and is integrated where the message itself is not", async () => {
  const { network, home, phone, tablet } = await lost(2);
  await meet(network, [home, phone, tablet], 2);
  tablet.write("after");
  home.write("and so on");
  await meet(network, [home, phone, tablet], 2);
  for (const device of [home, phone, tablet]) expect([...device.texts()].sort()).toEqual(["after", "and so on", "answer", "in time"]);
});

test("C4: an answer says that what it answers was withdrawn, or deleted", async () => {
  const { network, home, phone, laptop, tablet } = await four(8);
  part(network);
  const answer = (device: SimDevice, text: string) => {
    const {
      feed,
      incarnation: inc,
      seq,
    } = device.device.entry(device.sql.get<{ row: number }>("select max(row) as row from entry where kind = 1")?.row ?? 0) as StoredEntry;
    device.device.transact((writer) =>
      writer.append(device.device.ownLog.row, KIND.text, { text, style: "text", replyTo: { feed, inc, seq } }),
    );
  };
  laptop.write("late");
  await meet(network, [laptop, tablet]);
  answer(tablet, "answer");
  const shown = (device: SimDevice) => {
    const context = { reader: device.device, files: undefined, nameOf: () => "", liveLabel: () => "plaintext" as const };
    const row = device.sql.all<{ row: number }>("select row from entry where shown = 1").at(-1)?.row ?? 0;
    return messageOf(context as never, device.device.entry(row) as StoredEntry);
  };
  expect(shown(tablet)).toMatchObject({ text: "answer" });
  expect(shown(tablet)).not.toHaveProperty("replyGone");
  part(network);
  await revokeDevice(home.device, laptop.key);
  await meet(network, [home, phone, tablet], 2);
  for (const device of [home, tablet]) expect(shown(device)).toMatchObject({ text: "answer", replyGone: "withdrawn" });
  home.device.transact((writer) => dropLate(home.device, writer, laptop.key));
  home.device.transact((writer) => keepLate(home.device, writer, laptop.key));
  await meet(network, [home, phone, tablet], 2);
  const before = (device: SimDevice) => device.texts();
  for (const device of [home, tablet]) expect(before(device)).toEqual(["undefined", "answer"]);
  for (const device of [home, tablet]) expect(shown(device)).toMatchObject({ text: "answer", replyGone: "deleted" });
});

test("C3: any device of the account may let the late messages in; then all show them, in their place", async () => {
  const { network, home, phone, laptop, tablet } = await lost(3);
  await meet(network, [home, phone, tablet], 2);
  phone.device.transact((writer) => keepLate(phone.device, writer, laptop.key));
  await meet(network, [home, phone, tablet], 2);
  for (const device of [home, phone, tablet]) {
    expect(device.texts()).toEqual(["in time", "late", "answer"]);
    expect(late(device, laptop)).toEqual([]);
    expect(device.sql.all("select 1 from witness where times > 1")).toEqual([]);
  }
});

test("C3, E1: dropped late messages are deleted everywhere, also where a cut lets them in at the same time", async () => {
  const { network, home, phone, laptop, tablet } = await lost(4);
  await meet(network, [home, phone, tablet], 2);
  part(network);
  home.device.transact((writer) => dropLate(home.device, writer, laptop.key));
  tablet.device.transact((writer) => keepLate(tablet.device, writer, laptop.key));
  await meet(network, [home, phone, tablet], 3);
  for (const device of [home, phone, tablet]) {
    expect(device.texts()).toEqual(["in time", "undefined", "answer"]);
    expect(late(device, laptop)).toEqual([]);
  }
});

test("C3: two revocations with different cuts come to the larger one, whoever is heard first", async () => {
  const { network, home, phone, laptop, tablet } = await four(5);
  laptop.write("one");
  await meet(network, network.devices);
  part(network);
  laptop.write("two");
  await meet(network, [laptop, phone]);
  part(network);
  await revokeDevice(home.device, laptop.key);
  await revokeDevice(phone.device, laptop.key);
  await meet(network, [home, tablet]);
  await meet(network, [home, phone, tablet], 3);
  for (const device of [home, phone, tablet]) expect(device.texts()).toEqual(["one", "two"]);
});

test("C2: a tombstone that a revoked device wrote behind its cut does not count", async () => {
  const { network, home, phone, laptop, tablet } = await four(6);
  home.write("kept");
  await meet(network, network.devices);
  part(network);
  await meet(network, [laptop, tablet]);
  laptop.device.transact((writer) => {
    const row = laptop.sql.get<{ row: number }>("select row from entry where shown = 1")?.row ?? 0;
    deleteEntries(writer, [laptop.device.entry(row) as StoredEntry]);
  });
  await network.world.run(5000);
  part(network);
  expect(tablet.sql.all("select 1 from tombstone_range")).toHaveLength(1);
  await revokeDevice(home.device, laptop.key);
  await meet(network, [home, phone, tablet], 3);
  for (const device of [home, phone]) expect(device.texts()).toEqual(["kept"]);
  for (const device of [home, phone, tablet]) expect(device.sql.all("select 1 from tombstone_range")).toEqual([]);
});

test("C1: the cuts of a revocation that was cut off by a crash are published at the next start", async () => {
  const { network, home, phone, laptop } = await four(7);
  laptop.write("one");
  await meet(network, network.devices);
  const transact = home.device.transact.bind(home.device);
  let calls = 0;
  home.device.transact = (run) => {
    calls += 1;
    if (calls === 3) throw new Error("the power went");
    return transact(run);
  };
  await expect(revokeDevice(home.device, laptop.key)).rejects.toThrow("the power went");
  network.die(home);
  home.restart();
  await meet(network, [home, phone], 2);
  expect(phone.sql.get<{ n: number }>("select count(*) as n from cut where device = ? and seq > 0", laptop.key)?.n).toBeGreaterThan(0);
  expect(home.sql.all("select 1 from planned_cut")).toEqual([]);
});

test("C1: of a conversation that the revoker did not know nothing of the revoked device counts, and all come to know it", async () => {
  const { network, home, phone, laptop, tablet } = await four(9);
  part(network);
  laptop.ingest("#new", ["by the laptop"]);
  await meet(network, [laptop, tablet]);
  tablet.ingest("#new", ["by the tablet"]);
  part(network);
  await revokeDevice(home.device, laptop.key);
  await meet(network, [home, phone]);
  await meet(network, [home, phone, tablet], 2);
  for (const device of [home, phone, tablet]) {
    expect(device.texts()).toEqual(["by the tablet"]);
    expect(late(device, laptop)).toEqual([1]);
  }
  phone.device.transact((writer) => keepLate(phone.device, writer, laptop.key));
  await meet(network, [home, phone, tablet], 2);
  for (const device of [home, phone, tablet]) expect(device.texts()).toEqual(["by the laptop", "by the tablet"]);
});

test("C1: where two revoke at once, what either of them knew counts as far as they held it", async () => {
  const { network, home, phone, laptop, tablet } = await four(10);
  part(network);
  laptop.ingest("#new", ["one"]);
  await meet(network, [laptop, phone]);
  part(network);
  laptop.ingest("#new", ["two"]);
  await meet(network, [laptop, tablet]);
  part(network);
  await revokeDevice(home.device, laptop.key);
  await revokeDevice(phone.device, laptop.key);
  await meet(network, [home, tablet]);
  await meet(network, [home, phone, tablet], 3);
  for (const device of [home, phone, tablet]) {
    expect(device.texts()).toEqual(["one"]);
    expect(late(device, laptop)).toEqual([1]);
  }
});
