import { afterEach, beforeEach, expect, test } from "vitest";
import { Notices } from "../../src/device/account/notices.ts";
import { freezeDevice, revokeDevice } from "../../src/device/revocation.ts";
import { LOOK_MS, MOST_SILENCE_MS, Retirement } from "../../src/device/retirement.ts";
import { standingOf } from "../../src/sync/account/resolve.ts";
import type { SimDevice } from "./sim-device.ts";
import { SimNetwork } from "./sim-network.ts";

const DAY = 24 * 3_600_000;

let network: SimNetwork;
let home: SimDevice;
let phone: SimDevice;
let web: SimDevice;
let running: Retirement[];

beforeEach(async () => {
  network = await SimNetwork.create(61, ["home", "phone"]);
  await network.join("web", "browser");
  [home, phone, web] = network.devices as [SimDevice, SimDevice, SimDevice];
  await meet(home, phone, web);
  running = [];
});
afterEach(() => {
  for (const retirement of running) retirement.stop();
});

const run = ({ device, sessions }: SimDevice): void => void running.push(new Retirement(device, sessions));

async function meet(...devices: SimDevice[]): Promise<void> {
  for (let round = 0; round < 2; round++) {
    for (const from of devices) for (const to of devices) if (from.name < to.name) network.connect(from, to);
    await network.world.run(5000);
  }
  for (const connection of network.connections()) connection.cut();
}

const stateOf = (device: SimDevice, of: SimDevice) => standingOf(device.device.account, of.key)?.state;
const told = (device: SimDevice) => new Notices(device.device).open().map(({ code }) => code);

test("W1: a browser that was silent for 30 days is shut out by the node that let it in, and all devices tell of it", async () => {
  run(home);
  await network.world.run(MOST_SILENCE_MS - DAY);
  expect(stateOf(home, web)).toBe("admitted");
  await network.world.run(2 * DAY);
  expect(stateOf(home, web)).toBe("revoked");
  await meet(home, phone);
  expect(stateOf(phone, web)).toBe("revoked");
  for (const device of [home, phone]) expect(told(device)).toEqual(["browser-retired"]);
});

test("W1: one that is heard of, if only by what it wrote to another device, stays", async () => {
  run(home);
  await network.world.run(20 * DAY);
  web.write("still here");
  await meet(web, phone);
  await meet(phone, home);
  await network.world.run(20 * DAY);
  await meet(web, home);
  await network.world.run(20 * DAY);
  expect(stateOf(home, web)).toBe("admitted");
});

test("W1: neither a clock that jumps nor a node that is off for months makes a browser silent", async () => {
  run(home);
  await network.world.run(DAY);
  home.clock.skew = 400 * DAY;
  await network.world.run(DAY);
  for (const retirement of running) retirement.stop();
  await network.world.run(90 * DAY);
  home.restart();
  run(home);
  await network.world.run(3 * LOOK_MS);
  expect(stateOf(home, web)).toBe("admitted");
});

test("W1: full devices stay however silent they are, and nobody but the home node of a browser shuts it out", async () => {
  run(phone);
  await network.world.run(2 * MOST_SILENCE_MS);
  expect(stateOf(phone, web)).toBe("admitted");
  expect(stateOf(phone, home)).toBe("admitted");
});

test("W1: where the node that let it in is out, the most senior one looks after its browsers", async () => {
  await revokeDevice(home.device, home.key);
  await meet(home, phone, web);
  expect(stateOf(phone, home)).toBe("revoked");
  run(phone);
  await network.world.run(MOST_SILENCE_MS + DAY);
  expect(stateOf(phone, web)).toBe("revoked");
});

test("A9: a node that is frozen shuts nobody out", async () => {
  await freezeDevice(phone.device, home.key);
  await meet(home, phone);
  run(home);
  await network.world.run(MOST_SILENCE_MS + DAY);
  expect(stateOf(phone, web)).toBe("admitted");
});
