import { expect, test } from "vitest";
import { freezeDevice, revokeDevice, unfreezeDevice } from "../../src/device/revocation.ts";
import type { SimDevice } from "./sim-device.ts";
import { SimNetwork } from "./sim-network.ts";

async function three(seed: number): Promise<{ network: SimNetwork; home: SimDevice; phone: SimDevice; laptop: SimDevice }> {
  const network = await SimNetwork.create(seed, ["home", "phone", "laptop"]);
  // The phone learns of the laptop by the first, and is reached by it in the second.
  for (let round = 0; round < 2; round++) {
    network.connectAll();
    await network.world.run(2000);
  }
  const [home, phone, laptop] = network.devices as [SimDevice, SimDevice, SimDevice];
  return { network, home, phone, laptop };
}

const names = (device: SimDevice): string[] => device.sessions.all().map(({ peer }) => peer.name);

test("A7: a revoked device is cut off everywhere at once and gets nothing more", async () => {
  const { network, home, phone, laptop } = await three(1);
  phone.write("before");
  await network.world.run(2000);
  await revokeDevice(home.device, phone.key);
  await network.world.run(2000);
  expect(names(home)).toEqual(["laptop"]);
  expect(names(laptop)).toEqual(["home"]);
  expect(names(phone)).toEqual([]);
  home.write("after");
  phone.write("from the revoked");
  for (let i = 0; i < 3; i++) {
    network.connectAll();
    await network.world.run(30_000);
  }
  expect(laptop.texts().sort()).toEqual(["after", "before"]);
  expect(phone.texts()).not.toContain("after");
  expect(phone.device.ops.all().length).toBe(home.device.ops.all().length - 1);
});

test("C1, C2: what a revoked device wrote before still reaches a device that was away, and nothing behind the cut does", async () => {
  const { network, home, phone, laptop } = await three(2);
  network.die(laptop);
  phone.write("one");
  phone.write("two");
  await network.world.run(2000);
  for (const connection of network.connections()) connection.cut();
  await network.world.run(1000);
  phone.write("never delivered");
  await revokeDevice(home.device, phone.key);
  laptop.restart();
  network.connectAll();
  await network.world.run(120_000);
  expect(laptop.texts().sort()).toEqual(["one", "two"]);
  expect(home.texts().sort()).toEqual(["one", "two"]);
});

test("A4: a junior cannot revoke a senior", async () => {
  const { home, phone, laptop } = await three(3);
  await expect(revokeDevice(laptop.device, home.key)).rejects.toMatchObject({ code: "not-allowed" });
  await expect(revokeDevice(laptop.device, phone.key)).rejects.toMatchObject({ code: "not-allowed" });
  expect(laptop.device.isAdmitted(home.key)).toBe(true);
});

test("A9: a frozen device is cut off, its entries wait, and come when it is unfrozen", async () => {
  const { network, home, phone, laptop } = await three(4);
  await freezeDevice(laptop.device, home.key);
  await network.world.run(2000);
  expect(names(home)).toEqual([]);
  home.write("while frozen");
  phone.write("to the others");
  network.connectAll();
  await network.world.run(60_000);
  expect(phone.texts()).toEqual(["to the others"]);
  expect(home.texts()).toEqual(["while frozen"]);
  await expect(unfreezeDevice(phone.device, home.key)).rejects.toMatchObject({ code: "not-allowed" });
  await unfreezeDevice(laptop.device, home.key);
  for (let i = 0; i < 3; i++) {
    network.connectAll();
    await network.world.run(60_000);
  }
  for (const device of [home, phone, laptop]) expect(device.texts().sort()).toEqual(["to the others", "while frozen"]);
});

test("B3: what was written with a clock far ahead is held back and shown when it is due; the feed goes on in a new incarnation", async () => {
  const { network, home, phone } = await three(5);
  phone.clock.skew = 3_600_000;
  phone.write("from the future");
  await network.world.run(5000);
  expect(home.texts()).toEqual([]);
  phone.clock.skew = 0;
  phone.write("now");
  await network.world.run(5000);
  expect(home.texts()).toEqual(["now"]);
  expect(
    home.sql.get<{ n: number }>(
      "select count(*) as n from feed where device = ? and head_seq > 0 and conversation = ?",
      phone.key,
      home.device.ownLog.row,
    )?.n,
  ).toBe(2);
  await network.world.run(3_700_000);
  expect(home.texts().sort()).toEqual(["from the future", "now"]);
});

test("B5: a device whose disk was set back adopts what the others hold of it and forks nothing", async () => {
  const { network, home, phone, laptop } = await three(6);
  const image = phone.sql.image();
  phone.write("after the image");
  await network.world.run(2000);
  network.die(phone);
  phone.restart(image);
  phone.write("without knowing");
  network.connectAll();
  await network.world.run(30_000);
  for (const device of [home, phone, laptop]) expect(device.texts().sort()).toEqual(["after the image", "without knowing"]);
  expect(home.sql.all("select 1 from feed where frozen_at is not null")).toEqual([]);
});

test("B7: a session names conversations by tags that another session does not repeat", async () => {
  const { network, home, phone } = await three(7);
  const frames: string[] = [];
  const seen = new Set<string>();
  for (let round = 0; round < 2; round++) {
    for (const connection of network.connections()) connection.cut();
    await network.world.run(1000);
    home.ingest("#chan", [`line ${round}`]);
    network.connect(home, phone);
    const [connection] = network.connections();
    const send = connection?.ends[0].send.bind(connection.ends[0]);
    if (connection && send)
      connection.ends[0].send = (frame) => {
        frames.push(Buffer.from(frame).toString("hex"));
        return send(frame);
      };
    await network.world.run(5000);
  }
  const ids = home.device.conversations().map(({ id }) => Buffer.from(id).toString("hex"));
  // Headers of entries hold the id, behind the overview: only what names conversations before they are shared is looked at.
  const overviews = frames.filter((frame) => frame.startsWith("8203"));
  expect(overviews.length).toBeGreaterThanOrEqual(2);
  for (const frame of overviews) for (const id of ids) expect(frame).not.toContain(id.slice(0, 32));
  for (const frame of overviews) {
    expect(seen.has(frame)).toBe(false);
    seen.add(frame);
  }
});
