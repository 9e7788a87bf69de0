import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliProcess, eventually, type Homeport, link, type World, world } from "../harness/homeport.ts";
import { between } from "./flow.ts";
import { Networks } from "./networks.ts";
import { NoteWriter, shownBy, untilSame } from "./notes.ts";

/** Seconds that a fault lasts. */
const LASTS = Number(process.env["HOMEPORT_PARTITION_SECONDS"] ?? 25);
const HEALED_WITHIN_MS = 5000;
const NAMES = ["home", "phone", "laptop"];

const [HOME, PHONE, LAPTOP] = [1, 2, 3];
const networks = makeNetworks();

function makeNetworks(): Networks | undefined {
  try {
    return new Networks(NAMES.length);
  } catch (error) {
    if (process.env["CI"]) throw error;
    console.warn(
      `SKIPPED, network namespaces: ${error instanceof Error ? error.message : "not possible"}; run as root on Linux with iproute2`,
    );
    return undefined;
  }
}

describe.skipIf(networks === undefined)("three devices in networks of their own", () => {
  let place: World;
  let devices: Homeport[];
  let writers: NoteWriter[];
  let watching: CliProcess[];
  const nets = networks as Networks;

  beforeAll(async () => {
    place = await world();
    devices = [];
    for (const [index, name] of NAMES.entries()) {
      const machine = await place.machine(name, place.path(name), `/ip4/${nets.address(index + 1)}/tcp/4001`);
      machine.prefix = nets.inside(index + 1);
      devices.push(machine);
    }
    const [home, phone, laptop] = devices as [Homeport, Homeport, Homeport];
    await home.init();
    await home.start();
    for (const joiner of [phone, laptop]) {
      await link(home, joiner);
      await joiner.start();
      await joiner.untilConnected(home);
    }
    await phone.untilConnected(laptop);
    writers = devices.map((device) => new NoteWriter(device));
    watching = await Promise.all(devices.map((device) => device.watch()));
  });
  afterAll(async () => {
    for (const writer of writers ?? []) writer.close();
    await place?.[Symbol.asyncDispose]();
    networks?.[Symbol.dispose]();
  });

  /** All write while it lasts; after healing everything is on every screen in time. */
  async function survive(what: string, fault: (until: number) => Promise<void>): Promise<void> {
    const until = performance.now() + LASTS * 1000;
    await Promise.all([fault(until), ...writers.map((writer) => writer.writeFor(LASTS * 1000, 300))]);
    nets.heal();
    nets.lose(0);
    const healed = performance.now();
    for (const writer of writers) await writer.write();
    const all = writers.flatMap(({ confirmed }) => confirmed);
    const isShown = (screen: CliProcess) => {
      const shown = new Set(shownBy(screen));
      return all.every((text) => shown.has(text));
    };
    await eventually(`${what}: everything on every screen`, () => watching.every(isShown) || undefined);
    const took = performance.now() - healed;
    console.warn(`${what}: ${all.length} notes, ${Math.round(took)} ms after healing on every screen`);
    for (const screen of watching) expect(shownBy(screen).length, "exactly once on screen").toBe(new Set(shownBy(screen)).size);
    await untilSame(devices, writers);
    expect(took).toBeLessThan(HEALED_WITHIN_MS);
  }

  const hold = async (until: number) => sleep(until - performance.now());

  test("one device is cut off from the others", { timeout: 300_000 }, () =>
    survive("full partition", async (until) => {
      nets.part(LAPTOP, HOME);
      nets.part(LAPTOP, PHONE);
      await hold(until);
    }),
  );

  test("all are cut off from each other", { timeout: 300_000 }, () =>
    survive("all apart", async (until) => {
      nets.part(HOME, PHONE);
      nets.part(HOME, LAPTOP);
      nets.part(PHONE, LAPTOP);
      await hold(until);
    }),
  );

  test("what one device says does not get through, what it hears does", { timeout: 300_000 }, () =>
    survive("one-way partition", async (until) => {
      nets.block(LAPTOP, HOME);
      nets.block(LAPTOP, PHONE);
      await hold(until);
    }),
  );

  test("links flap", { timeout: 300_000 }, () =>
    survive("flapping", async (until) => {
      while (performance.now() < until) {
        nets.part(LAPTOP, HOME);
        if (Math.random() < 0.5) nets.part(PHONE, HOME);
        await sleep(between(200, 3000));
        nets.heal();
        await sleep(between(200, 3000));
      }
    }),
  );

  test("packets are lost at random", { timeout: 300_000 }, () =>
    survive("random loss", async (until) => {
      if (nets.lose(15)) return hold(until);
      // No netem here: all packets of a few moments instead of some of all the time.
      while (performance.now() < until) {
        nets.block(...(Math.random() < 0.5 ? ([HOME, LAPTOP] as const) : ([PHONE, HOME] as const)));
        await sleep(between(20, 150));
        nets.heal();
        await sleep(between(50, 400));
      }
    }),
  );
});
