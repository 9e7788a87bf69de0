import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { tellOfClock } from "../../../src/device/account/clock-notice.ts";
import { Notices } from "../../../src/device/account/notices.ts";
import { PeerClocks } from "../../../src/sync/session/peer-clocks.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";
import { SimNetwork } from "../../simulation/sim-network.ts";

const MINUTE = 60_000;
const key = (n: number): Uint8Array => new Uint8Array(32).fill(n);

function clocksOf(said: readonly number[]): PeerClocks {
  const clocks = new PeerClocks(() => true);
  said.forEach((ahead, n) => clocks.heard(key(n), ahead));
  return clocks;
}

describe("B3: what several devices say of this clock", () => {
  test("one device alone never makes this clock wrong", () => {
    expect(clocksOf([90 * MINUTE]).verdict).toEqual({ ahead: 90 * MINUTE, peers: 1, isOff: false });
    expect(clocksOf([90 * MINUTE, 0]).verdict?.isOff).toBe(false);
    expect(clocksOf([90 * MINUTE, -90 * MINUTE]).verdict?.isOff).toBe(false);
  });

  test("two that agree do, and one that lies among three does not hide it", () => {
    expect(clocksOf([21 * MINUTE, 20 * MINUTE]).verdict).toEqual({ ahead: 20 * MINUTE, peers: 2, isOff: true });
    expect(clocksOf([20 * MINUTE, 20 * MINUTE, -1000 * MINUTE]).verdict?.ahead).toBe(20 * MINUTE);
  });

  test("whatever up to half of them say, a right clock is not called wrong", () => {
    const honest = fc.integer({ min: -MINUTE, max: MINUTE });
    const lie = fc.integer({ min: -(10 ** 12), max: 10 ** 12 });
    fc.assert(
      fc.property(fc.array(honest, { minLength: 1, maxLength: 8 }), fc.array(lie, { maxLength: 8 }), (honestOnes, lies) => {
        expect(clocksOf([...honestOnes, ...lies.slice(0, honestOnes.length)]).verdict?.isOff).toBe(false);
      }),
    );
  });

  test("devices that are out are not asked", () => {
    const clocks = new PeerClocks((device) => device[0] !== 1);
    for (const n of [0, 1, 2]) clocks.heard(key(n), n === 1 ? 0 : 30 * MINUTE);
    expect(clocks.verdict).toMatchObject({ peers: 2, isOff: true });
  });

  test("a clock that was set right is right at once", () => {
    const clocks = clocksOf([20 * MINUTE, 20 * MINUTE]);
    clocks.moved(20 * MINUTE);
    expect(clocks.verdict).toMatchObject({ ahead: 0, isOff: false });
  });
});

describe("B3: over sessions", () => {
  let network: SimNetwork;
  let home: SimDevice;
  let phone: SimDevice;
  beforeEach(async () => {
    network = await SimNetwork.create(71, ["home", "phone", "laptop"]);
    [home, phone] = network.devices as [SimDevice, SimDevice];
  });
  const open = (notices: Notices) => notices.open().map(({ code }) => code);

  test("a clock that is 20 minutes behind is told, by two devices that say so, and taken back when it is right", async () => {
    const notices = new Notices(home.device);
    tellOfClock(home.device, home.sessions.clocks, notices);
    home.clock.skew = -20 * MINUTE;
    network.connect(home, phone);
    await network.world.run(5000);
    expect(home.sessions.clocks.verdict).toMatchObject({ peers: 1, isOff: false });
    expect(open(notices)).toEqual([]);
    for (let round = 0; round < 2; round++) {
      network.connectAll();
      await network.world.run(5000);
    }
    expect(Math.abs((home.sessions.clocks.verdict?.ahead ?? 0) - 20 * MINUTE)).toBeLessThan(1000);
    expect(open(notices)).toEqual(["clock-off"]);
    expect(phone.sessions.clocks.verdict?.isOff).toBe(false);
    home.clock.skew = 0;
    await network.world.run(21 * MINUTE);
    expect(open(notices)).toEqual([]);
    expect(home.sessions.clocks.verdict?.isOff).toBe(false);
  });
});
