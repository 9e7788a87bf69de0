import { expect, test } from "vitest";
import { decodeFrame, encodeFrame } from "../../src/sync/session/frames.ts";
import type { SimDevice } from "./sim-device.ts";
import type { SimConnection } from "./sim-link.ts";
import { SimNetwork } from "./sim-network.ts";

const MINUTE = 60_000;

async function two(
  seed: number,
  renewal: Parameters<typeof SimNetwork.create>[2],
): Promise<{ network: SimNetwork; home: SimDevice; phone: SimDevice }> {
  const network = await SimNetwork.create(seed, ["home", "phone"], renewal);
  network.connectAll();
  await network.world.run(2000);
  const [home, phone] = network.devices as [SimDevice, SimDevice];
  return { network, home, phone };
}

/** Every connection that there was, in the order in which they were opened. */
function follow(network: SimNetwork): Set<SimConnection> {
  const seen = new Set<SimConnection>(network.connections());
  const look = () => {
    for (const connection of network.connections()) seen.add(connection);
    network.world.at(100, look);
  };
  look();
  return seen;
}

test("F1: an open connection is renewed every 30 ± 5 minutes, the new one before the old one goes", async () => {
  const { network, home } = await two(1, {});
  const seen = follow(network);
  const least: number[] = [];
  for (let minute = 0; minute < 12 * 60; minute++) {
    await network.world.run(MINUTE);
    least.push(home.sessions.all().length);
  }
  expect(Math.min(...least), "connected all the time").toBe(1);
  expect(seen.size - 1).toBeGreaterThanOrEqual(20);
  expect(seen.size - 1).toBeLessThanOrEqual(29);
  expect([...seen].filter(({ open }) => open).length).toBe(1);
});

test("F1: it is renewed after 256 MiB as well, by the side that dialled", async () => {
  const { network, home, phone } = await two(2, { bytes: 200_000 });
  const seen = follow(network);
  for (let i = 0; i < 100; i++) {
    phone.sessions.broadcast("t", "x".repeat(20_000));
    await network.world.run(1000);
  }
  expect(seen.size).toBeGreaterThanOrEqual(8);
  const [session] = phone.sessions.all();
  expect(session?.link.outbound).toBe(false);
  expect(home.sessions.all()[0]?.link.outbound).toBe(true);
});

test.each([0, 30, 400, 3000])("F1: no frame is lost, repeated or out of order over renewals (delays up to %d ms)", async (delay) => {
  const { network, home, phone } = await two(3 + delay, { after: 5000, spread: 2000 });
  network.weather.delay = delay;
  const seen = follow(network);
  const heard: Record<"home" | "phone", string[]> = { home: [], phone: [] };
  home.sessions.live.add((_, __, text) => heard.home.push(text));
  phone.sessions.live.add((_, __, text) => heard.phone.push(text));
  const answers: string[] = [];
  const entries = countEntries(network, seen);
  for (let i = 0; i < 300; i++) {
    home.sessions.broadcast("t", String(i));
    phone.sessions.broadcast("t", String(i));
    if (i % 3 === 0) home.write(`h${i}`);
    if (i % 5 === 0) phone.write(`p${i}`);
    void home.sessions.call(phone.key, "m", String(i)).then((text) => answers.push(text));
    await network.world.run(network.chance.below(1000));
  }
  await network.world.run(2 * MINUTE);
  const all = Array.from({ length: 300 }, (_, i) => String(i));
  expect(seen.size, "connections").toBeGreaterThan(10);
  expect(heard.home).toEqual(all);
  expect(heard.phone).toEqual(all);
  expect(answers).toEqual(all.map((i) => JSON.stringify(["m", i])));
  expect(home.texts().sort()).toEqual(phone.texts().sort());
  expect(home.texts().length).toBe(160);
  expect(entries.most(), "times that an entry travelled").toBe(1);
});

test("F1: where the new connection fails, the old one goes on for a while, and then ends all the same", async () => {
  const { network, home, phone } = await two(4, { after: 9000, spread: 0, retry: 1000, attempts: 5 });
  const dial = home.sessions.redial;
  home.sessions.redial = () => Promise.reject(new Error("no way"));
  await network.world.run(8000);
  phone.write("still there");
  await network.world.run(500);
  expect(home.texts()).toEqual(["still there"]);
  await network.world.run(4000);
  expect(home.sessions.all()).toEqual([]);
  home.sessions.redial = dial;
  network.connectAll();
  await network.world.run(1000);
  expect(home.sessions.all().length).toBe(1);
});

test("F1: a connection is not handed to a session of someone else, or without its token", async () => {
  const { network, home, phone } = await two(5, {});
  const before = phone.sessions.all()[0];
  const stray = network.dial(home, phone);
  const frames: Uint8Array[] = [];
  let closed = false;
  stray.start({ frame: (bytes) => void frames.push(bytes), closed: () => (closed = true) });
  await stray.send(encodeFrame({ type: "continue", token: new Uint8Array(32).fill(7) }));
  await network.world.run(5000);
  expect(closed).toBe(true);
  expect(phone.sessions.all()).toEqual([before]);
  expect(frames.map((frame) => decodeFrame(frame).type).filter((type) => type !== "hello" && type !== "continue")).toEqual([]);
});

test("F1: a half-open connection is found and replaced, also while the clock is days behind", async () => {
  const { network, home, phone } = await two(6, {});
  for (const connection of network.connections()) connection.fallSilent(2);
  home.clock.skew = -3 * 24 * 60 * MINUTE;
  phone.clock.skew = -3 * 24 * 60 * MINUTE;
  await network.world.run(75_000);
  expect(home.sessions.all()).toEqual([]);
  expect(phone.sessions.all()).toEqual([]);
  network.connectAll();
  await network.world.run(1000);
  phone.write("back");
  await network.world.run(1000);
  expect(home.texts()).toEqual(["back"]);
});

/** How often each entry was sent by one side, read off the wire. */
function countEntries(network: SimNetwork, seen: Set<SimConnection>): { most(): number } {
  const times = new Map<string, number>();
  network.tap = (frame, from) => {
    if (seen.size === 0 || frame[1] !== 5) return;
    const decoded = decodeFrame(frame);
    if (decoded.type !== "entries") return;
    for (const run of decoded.runs)
      for (const { header } of run.entries) {
        const key = `${from.name}/${Buffer.from(header).toString("base64")}`;
        times.set(key, (times.get(key) ?? 0) + 1);
      }
  };
  return { most: () => Math.max(...times.values()) };
}

test("F1: whoever waits for an answer suspects a half-open connection in seconds, and another one takes its place, whoever dials", async () => {
  for (const [index, dialler] of ["home", "phone"].entries()) {
    const { network, home, phone } = await two(7 + index, {});
    const suspected: string[] = [];
    home.sessions.suspected.add(() => suspected.push("phone"));
    await network.world.run(10_000);
    for (const connection of network.connections()) connection.fallSilent(2);
    home.write("into the void");
    await network.world.run(5000);
    expect(suspected).toEqual([]);
    await network.world.run(4000);
    expect(suspected.length).toBeGreaterThan(0);
    expect(home.sessions.all().length, "the old one stays until there is a new one").toBe(1);
    const [from, to] = dialler === "home" ? [home, phone] : [phone, home];
    from.sessions.add(network.dial(from, to));
    await network.world.run(1000);
    expect(phone.texts()).toEqual(["into the void"]);
    expect(home.sessions.all().map(({ isSuspect }) => isSuspect)).toEqual([false]);
    expect(phone.sessions.all().length).toBe(1);
  }
});
