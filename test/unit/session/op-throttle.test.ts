import { expect, test } from "vitest";
import { OpThrottle } from "../../../src/sync/session/throttle.ts";
import { SimNetwork } from "../../simulation/sim-network.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";

const a = new Uint8Array(32).fill(1);
const b = new Uint8Array(32).fill(2);

function throttleAt(): { throttle: OpThrottle; clock: { at: number } } {
  const clock = { at: 1_000_000 };
  return { throttle: new OpThrottle({ now: () => clock.at, after: () => () => undefined }), clock };
}

test("A7: a whole account of 4,096 ops is taken at once, by 32 or all together", () => {
  const { throttle } = throttleAt();
  for (let i = 0; i < 4096; i += 32) expect(throttle.charge(a, 32)).toBe(0);
  expect(throttle.charge(b, 4096)).toBe(0);
});

test("A7: who goes on is taken at 20 a second, over all of its connections, and does not cost others anything", () => {
  const { throttle, clock } = throttleAt();
  let waited = 0;
  for (let i = 0; i < 1000; i++) {
    const wait = throttle.charge(a, 32);
    waited += wait;
    clock.at += wait;
  }
  expect(waited).toBeGreaterThan(1_500_000);
  expect(waited).toBeLessThan(2_000_000);
  expect(throttle.charge(b, 32)).toBe(0);
});

test("A7: a clock that was set back by a year does not keep anyone out", () => {
  const { throttle, clock } = throttleAt();
  for (let i = 0; i < 500; i++) throttle.charge(a, 32);
  clock.at -= 365 * 24 * 3_600_000;
  expect(throttle.charge(a, 1)).toBeLessThanOrEqual(61_000);
});

test("A7: a device that floods another with ops is served slowly, and a third one is served as ever", async () => {
  const network = await SimNetwork.create(81, ["home", "phone", "laptop"]);
  const [home, phone, laptop] = network.devices as [SimDevice, SimDevice, SimDevice];
  for (let round = 0; round < 2; round++) {
    network.connectAll();
    await network.world.run(3000);
  }
  let looked = 0;
  const addOps = home.device.addOps.bind(home.device);
  home.device.addOps = (ops) => {
    looked += ops.length;
    return addOps(ops);
  };
  const known = phone.device.ops.all().slice(0, 1);
  const session = phone.sessions.get(home.key);
  for (let i = 0; i < 3000; i++) session?.sendOps(known);
  await network.world.run(20_000);
  expect(looked).toBeGreaterThan(500);
  expect(looked).toBeLessThan(1200);
  laptop.write("while it floods");
  await network.world.run(3000);
  expect(home.texts()).toContain("while it floods");
});
