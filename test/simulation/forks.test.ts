import { describe, expect, test } from "vitest";
import { Notices } from "../../src/device/account/notices.ts";
import { KIND } from "../../src/sync/content/kinds.ts";
import type { ForkBody } from "../../src/sync/content/fork.ts";
import type { Cbor } from "../../src/sync/encoding/cbor.ts";
import { toHex } from "../../src/sync/encoding/bytes.ts";
import type { SimDevice } from "./sim-device.ts";
import { SimNetwork } from "./sim-network.ts";

interface Five {
  network: SimNetwork;
  home: SimDevice;
  phone: SimDevice;
  laptop: SimDevice;
  tablet: SimDevice;
  /** The laptop once more. */
  twin: SimDevice;
}

async function meet(network: SimNetwork, devices: readonly SimDevice[], rounds = 1): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const from of devices) for (const to of devices) if (from.name < to.name) network.connect(from, to);
    await network.world.run(8000);
  }
}

const part = (network: SimNetwork): void => {
  for (const connection of network.connections()) connection.cut();
};

/** All hold what the laptop wrote; then there are two laptops, which write on in one feed. */
async function twins(seed: number, common: readonly string[] = ["common"]): Promise<Five> {
  const network = await SimNetwork.create(seed, ["home", "phone", "laptop", "tablet"]);
  const [home, phone, laptop, tablet] = network.devices as [SimDevice, SimDevice, SimDevice, SimDevice];
  await meet(network, network.devices, 2);
  for (const text of common) laptop.write(text);
  await meet(network, network.devices);
  part(network);
  return { network, home, phone, laptop, tablet, twin: laptop.twin("twin") };
}

const frozen = ({ sql }: SimDevice) => sql.all<{ frozen_at: number }>("select frozen_at from feed where frozen_at is not null");
const proofs = ({ sql }: SimDevice) => sql.all<{ row: number }>("select row from entry where kind = 41");
const view = (device: SimDevice) => Object.fromEntries(device.view());

describe("B5: a feed that forks", () => {
  test("is frozen at one place on every device, whichever branch it had heard, and what others wrote after it stays", async () => {
    const { network, home, phone, laptop, tablet, twin } = await twins(1);
    for (const text of ["left 1", "left 2"]) laptop.write(text);
    await meet(network, [home, laptop]);
    home.write("answer to the left");
    for (const text of ["right 1", "right 2", "right 3"]) twin.write(text);
    await meet(network, [tablet, twin]);
    tablet.write("answer to the right");
    part(network);
    await meet(network, [home, phone, tablet], 3);
    for (const device of [home, phone, tablet]) {
      expect(frozen(device)).toEqual([{ frozen_at: frozen(home)[0]?.frozen_at }]);
      expect(device.texts()).toEqual(["common", "answer to the left", "answer to the right"]);
      expect(device.device.forks.count(laptop.key)).toBe(1);
      expect(view(device)).toEqual(view(home));
    }
  });

  test("is told to a device that comes later, and is known after a restart", async () => {
    const { network, home, phone, laptop, tablet, twin } = await twins(2);
    laptop.write("left");
    await meet(network, [home, laptop]);
    for (const text of ["right 1", "right 2"]) twin.write(text);
    await meet(network, [tablet, twin]);
    part(network);
    await meet(network, [home, tablet], 2);
    home.restart();
    tablet.restart();
    part(network);
    await meet(network, [tablet, phone], 2);
    phone.restart();
    await network.join("late");
    const late = network.devices.at(-1) as SimDevice;
    await meet(network, [phone, late, home], 3);
    for (const device of [home, phone, tablet, late]) {
      expect(device.texts()).toEqual(["common"]);
      expect(device.device.forks.count(laptop.key)).toBe(1);
    }
  });

  test("is found where the branches part, also when both went on for long before anyone compared them", async () => {
    const { network, home, phone, laptop, tablet, twin } = await twins(
      3,
      Array.from({ length: 20 }, (_, i) => `common ${i}`),
    );
    for (let i = 0; i < 300; i++) laptop.write(`left ${i}`);
    await meet(network, [home, laptop], 2);
    for (let i = 0; i < 700; i++) twin.write(`right ${i}`);
    await meet(network, [tablet, twin], 2);
    part(network);
    await meet(network, [home, phone, tablet], 6);
    for (const device of [home, phone, tablet]) {
      expect(device.texts()).toEqual(Array.from({ length: 20 }, (_, i) => `common ${i}`));
      expect(proofs(device).length).toBeGreaterThan(0);
    }
  });

  test("goes on in another incarnation, once its own device hears of it", async () => {
    const { network, home, phone, laptop, tablet, twin } = await twins(4);
    laptop.write("left");
    await meet(network, [home, laptop]);
    for (const text of ["right 1", "right 2"]) twin.write(text);
    await meet(network, [tablet, twin]);
    part(network);
    network.die(twin);
    await meet(network, [home, phone, tablet, laptop], 3);
    laptop.write("once more");
    await meet(network, [home, phone, tablet, laptop], 2);
    for (const device of [home, phone, tablet, laptop]) expect(device.texts()).toEqual(["common", "once more"]);
  });

  test("is told to the person on every device, until it was seen on one", async () => {
    const { network, home, phone, laptop, tablet, twin } = await twins(7);
    laptop.write("left");
    await meet(network, [home, laptop]);
    for (const text of ["right 1", "right 2"]) twin.write(text);
    await meet(network, [tablet, twin]);
    part(network);
    await meet(network, [home, phone, tablet], 3);
    const open = (device: SimDevice) =>
      new Notices(device.device).open().map((notice) => [notice.code, toHex(notice.device ?? laptop.key)]);
    for (const device of [home, phone, tablet]) expect(open(device)).toEqual([["log-forked", toHex(laptop.key)]]);
    new Notices(phone.device).acknowledge();
    await meet(network, [home, phone, tablet], 2);
    for (const device of [home, phone, tablet]) expect(open(device)).toEqual([]);
  });

  test("is proved once: devices that know of it say nothing of it", async () => {
    const { network, home, phone, laptop, tablet, twin } = await twins(5);
    laptop.write("left");
    await meet(network, [home, phone, laptop]);
    for (const text of ["right 1", "right 2"]) twin.write(text);
    await meet(network, [tablet, twin]);
    part(network);
    await meet(network, [home, tablet], 2);
    const told = proofs(home).length;
    expect(told).toBeGreaterThan(0);
    await meet(network, [home, phone, tablet, laptop], 3);
    for (let i = 0; i < 5; i++) {
      twin.write(`right again ${i}`);
      part(network);
      await meet(network, [phone, tablet, twin]);
    }
    await meet(network, [home, phone, tablet], 2);
    expect(proofs(home).length).toBeLessThanOrEqual(told + 1);
  });
});

describe("B5: a forged proof of a fork", () => {
  const SEED = 6;

  /** Two networks that are alike but for their messages' random bytes: what the first proved is told in the second. */
  async function parted() {
    const five = await twins(SEED);
    const { network, home, laptop, tablet, twin } = five;
    laptop.write("left");
    await meet(network, [home, laptop]);
    for (const text of ["right 1", "right 2"]) twin.write(text);
    await meet(network, [tablet, twin]);
    part(network);
    return five;
  }

  async function trueProof(): Promise<ForkBody> {
    const { network, home, tablet } = await parted();
    await meet(network, [home, tablet], 2);
    return home.device.body(proofs(home)[0]?.row ?? 0) as unknown as ForkBody;
  }

  /** The tablet says it to the phone, which has heard of one branch only. */
  async function told(body: unknown): Promise<SimDevice> {
    const { network, phone, tablet } = await parted();
    tablet.device.transact((writer) => writer.append(tablet.device.ownLog.row, KIND.fork, body as Cbor));
    await meet(network, [phone, tablet], 2);
    expect(proofs(phone)).toHaveLength(1);
    return phone;
  }

  const forgeries: [string, (body: ForkBody, other: SimDevice) => unknown][] = [
    ["of one branch, said twice", (body) => ({ ...body, branches: [body.branches[0], body.branches[0]] })],
    ["with its branches in the wrong order", ({ branches: [a, b], ...rest }) => ({ ...rest, branches: [b, a] })],
    [
      "with the signature of another entry",
      ({ branches: [a, b], ...rest }) => ({ ...rest, branches: [a, { ...b, signature: a.signature }] }),
    ],
    ["of a feed of another device", (body, other) => ({ ...body, feed: other.key })],
    ["of another incarnation", (body) => ({ ...body, inc: new Uint8Array(8) })],
    ["in another conversation", (body) => ({ ...body, conversation: new Uint8Array(32) })],
    ["at an earlier place", (body) => ({ ...body, seq: 1, prev: null })],
    [
      "with an entry that nobody wrote",
      ({ branches: [a, b], ...rest }) => ({ ...rest, branches: [a, { ...b, entries: [...b.entries, ...b.entries.slice(-1)] }] }),
    ],
    ["that is no proof at all", () => ({ branches: "none" })],
    [
      "with two thousand entries",
      ({ branches: [a, b], ...rest }) => ({ ...rest, branches: [a, { ...b, entries: Array(2000).fill(b.entries[0]) }] }),
    ],
  ];

  test("a true one freezes the feed where only one branch was heard of", async () => {
    const phone = await told(await trueProof());
    expect(phone.texts()).toEqual(["common"]);
    expect(frozen(phone)).toHaveLength(1);
  });

  test.each(forgeries)("%s freezes nothing", async (_, forge) => {
    const { phone: other } = await twins(SEED);
    const phone = await told(forge(await trueProof(), other));
    expect(phone.texts()).toEqual(["common", "right 1", "right 2"]);
    expect(frozen(phone)).toEqual([]);
  });
});
