import { afterEach, expect, test } from "vitest";
import { freezeDevice, revokeDevice } from "../../../src/device/revocation.ts";
import { sameBytes } from "../../../src/sync/encoding/bytes.ts";
import { eventually, type LiveDevice, liveDevices } from "../../harness/live-devices.ts";

let running: LiveDevice[] = [];
afterEach(async () => {
  for (const device of running.splice(0)) await device.stop();
});

async function meet(...parameters: Parameters<typeof liveDevices>): Promise<LiveDevice[]> {
  running = await liveDevices(...parameters);
  await eventually("all are connected", 20_000, () => running.every(({ sessions }) => sessions.all().length === running.length - 1));
  // Where both dialled at once, one of the two connections goes.
  await eventually("one connection to each", 20_000, () =>
    running.every(({ transport }) => transport.connections().length === running.length - 1),
  );
  return running;
}

const connectionsTo = ({ transport }: LiveDevice, other: LiveDevice): number =>
  transport.connections().filter(({ peer }) => sameBytes(peer, other.transport.key)).length;

test("F1: over real connections that are renewed all the time no frame is lost or repeated", async () => {
  const [home, phone] = (await meet(["home", "phone"], { after: 200, spread: 100, bytes: 300_000, retry: 100 })) as [
    LiveDevice,
    LiveDevice,
  ];
  const links = new Set<unknown>();
  const heard: string[] = [];
  const answers: string[] = [];
  phone.sessions.live.add((_, __, text) => heard.push(text));
  let disconnected = 0;
  home.sessions.peersChanged.add((_, connected) => (disconnected += connected ? 0 : 1));
  const all = Array.from({ length: 400 }, (_, i) => String(i));
  for (const i of all) {
    home.sessions.broadcast("t", i);
    void phone.sessions.call(home.device.self, "m", i).then((text) => answers.push(text));
    phone.write(`phone ${i}`);
    if (Number(i) % 10 === 0) home.write(`home ${i} ${"x".repeat(20_000)}`);
    links.add(home.sessions.all()[0]?.link);
    await new Promise((resolve) => setTimeout(resolve, 8));
  }
  await eventually("all has arrived", 20_000, () => heard.length >= 400 && answers.length >= 400 && home.texts().length >= 440);
  await eventually("both hold the same", 20_000, () => phone.texts().length >= 440);
  expect(links.size, "links one after another").toBeGreaterThan(6);
  expect(disconnected, "interruptions").toBe(0);
  expect(heard).toEqual(all);
  expect(answers).toEqual(all.map((i) => JSON.stringify(["m", i])));
  expect(home.texts()).toEqual(phone.texts());
  await eventually("the old connections go", 20_000, () => connectionsTo(home, phone) <= 2);
}, 60_000);

test.each([
  ["A7", "revoked", revokeDevice],
  ["A9", "frozen", freezeDevice],
] as const)(
  "%s: the connections of a %s device are cut at once on every device",
  async (_rule, _state, shutOut) => {
    const [home, phone, laptop] = (await meet(["home", "phone", "laptop"])) as [LiveDevice, LiveDevice, LiveDevice];
    laptop.write("before");
    await eventually("what came before is there", 5000, () => home.texts().length === 1 && phone.texts().length === 1);
    await shutOut(home.device, laptop.device.self);
    expect(connectionsTo(home, laptop), "at the device that did it").toBe(0);
    const start = performance.now();
    await eventually("cut on the other as well", 2000, () => connectionsTo(phone, laptop) === 0);
    const took = performance.now() - start;
    home.write("after");
    phone.write("after, too");
    laptop.write("from outside");
    await eventually("the others go on", 5000, () => phone.texts().includes("after") && home.texts().includes("after, too"));
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(laptop.texts().sort()).toEqual(["before", "from outside"]);
    expect(home.texts()).not.toContain("from outside");
    expect(phone.texts()).not.toContain("from outside");
    expect(laptop.sessions.all()).toEqual([]);
    expect(connectionsTo(home, laptop) + connectionsTo(phone, laptop)).toBe(0);
    expect(took).toBeLessThan(1000);
  },
  60_000,
);
