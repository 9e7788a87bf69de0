import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DeviceRow } from "../../src/api/device.ts";
import type { WatchEvent } from "../../src/api/messages.ts";
import type { Status } from "../../src/api/status.ts";
import { type CliProcess, eventually, type Homeport, link, pair, type World, world } from "../harness/homeport.ts";

let place: World;
let home: Homeport;
let phone: Homeport;
let tablet: Homeport;

beforeAll(async () => {
  place = await world();
  ({ home, phone } = await pair(place));
  tablet = await place.machine("tablet");
  await link(home, tablet);
  await tablet.start();
  await tablet.untilConnected(phone);
});
afterAll(() => place[Symbol.asyncDispose]());

const note = (device: Homeport, text: string) => device.json<{ id: string; state: string }>("send", "Note to self", text);

const textsOf = (stream: CliProcess) =>
  stream.events<WatchEvent>().flatMap((event) => (event.event === "message" ? [event.message.text] : []));

const hears = (stream: CliProcess, text: string) =>
  stream.until<WatchEvent>(text, (event) => event.event === "message" && event.message.text === text);

const standing = async (device: Homeport, of: string) => (await device.knows(of))?.state;

/** Long enough for a device that may connect to have done so: it tries at once, then after 1 and 2 seconds. */
const severalAttempts = () => sleep(5_000);

describe("A9: freeze", () => {
  test("ends the connections of the frozen device to all others, and it gets nothing", async () => {
    const watching = await tablet.watch();
    expect(await home.json("device", "freeze", "tablet")).toEqual({ device: tablet.device, state: "frozen" });
    await home.untilConnected(tablet, false);
    await phone.untilConnected(tablet, false);
    await note(home, "not for the tablet");
    await severalAttempts();
    expect((await tablet.json<Status>("status")).peers).toEqual([]);
    expect(textsOf(watching)).not.toContain("not for the tablet");
  });

  test("what the frozen device writes waits", async () => {
    const { id } = await note(tablet, "written while frozen");
    const watching = await home.watch({ after: "c0" });
    expect(textsOf(watching)).not.toContain("written while frozen");
    const row = (await tablet.rows<{ id: string; state: string }>("read", "Note to self")).find((message) => message.id === id);
    expect(row?.state).toBe("here");
  });

  test("only the device that froze it lifts it", async () => {
    expect(await phone.refusal("device", "unfreeze", "tablet")).toMatchObject({ exit: 1, code: "not-allowed" });
    expect(await standing(home, "tablet")).toBe("frozen");
  });

  test("a restart does not help the frozen device", async () => {
    await tablet.stop();
    await tablet.start();
    await severalAttempts();
    expect((await home.json<Status>("status")).peers.map(({ device }) => device)).toEqual([phone.device]);
  });

  test("unfreeze lets it in again, and both sides get what waited", async () => {
    expect(await home.json("device", "unfreeze", "tablet")).toEqual({ device: tablet.device, state: "admitted" });
    await tablet.untilConnected(home);
    const [onTablet, onHome] = [await tablet.watch({ after: "c0" }), await home.watch({ after: "c0" })];
    await hears(onTablet, "not for the tablet");
    await hears(onHome, "written while frozen");
    await eventually("everywhere", async () => {
      const rows = await tablet.rows<{ text: string; state: string }>("read", "Note to self");
      return rows.find(({ text }) => text === "written while frozen")?.state === "everywhere" || undefined;
    });
  });

  test("a junior may freeze a senior: the phone the home PC, and lift it again", async () => {
    expect(await phone.json("device", "freeze", "home")).toEqual({ device: home.device, state: "frozen" });
    await phone.untilConnected(home, false);
    expect(await standing(tablet, "home")).toBe("frozen");
    expect(await phone.json("device", "unfreeze", "home")).toMatchObject({ state: "admitted" });
    await phone.untilConnected(home);
  });
});

describe("A4, A7: revoke", () => {
  test("a junior cannot revoke a senior", async () => {
    expect(await phone.refusal("device", "revoke", "home")).toMatchObject({ exit: 1, code: "not-allowed" });
    expect(await standing(phone, "home")).toBe("admitted");
  });

  test("an unknown device is `not-found`", async () => {
    expect(await home.refusal("device", "revoke", "nobody")).toMatchObject({ exit: 1, code: "not-found" });
  });

  test("closes the connections, and the device gets nothing more from anyone", async () => {
    await tablet.untilConnected(phone);
    const watching = await tablet.watch();
    await note(home, "the last for the tablet");
    await hears(watching, "the last for the tablet");
    expect(await home.json("device", "revoke", "tablet")).toMatchObject({ device: tablet.device, state: "revoked" });
    await home.untilConnected(tablet, false);
    await phone.untilConnected(tablet, false);
    await note(home, "after the revocation, from home");
    await note(phone, "after the revocation, from the phone");
    await severalAttempts();
    expect(textsOf(watching).filter((text) => text.startsWith("after the revocation"))).toEqual([]);
  });

  test("C2: what the revoked device writes from then on does not count", async () => {
    await note(tablet, "written while revoked");
    await tablet.stop();
    await tablet.start();
    await severalAttempts();
    for (const device of [home, phone]) {
      const { peers } = await device.json<Status>("status");
      expect(peers.map((peer) => peer.device)).not.toContain(tablet.device);
      expect(textsOf(await device.watch({ after: "c0" }))).not.toContain("written while revoked");
    }
  });

  test("what it wrote before stays", async () => {
    await hears(await home.watch({ after: "c0" }), "written while frozen");
  });

  test("it stays revoked after a restart of those that know it, and in their lists", async () => {
    await home.stop();
    await home.start();
    await severalAttempts();
    expect((await home.json<Status>("status")).peers.map((peer) => peer.device)).toEqual([phone.device]);
    const row = (await home.json<DeviceRow[]>("device", "list")).find(({ device }) => device === tablet.device);
    expect(row).toMatchObject({ state: "revoked", online: false, self: false, lastSeen: expect.any(Number) });
  });

  test("a revoked device cannot be frozen or revoked anew, and a new device may take its name", async () => {
    expect(await home.refusal("device", "freeze", tablet.device)).toMatchObject({ exit: 1, code: "not-allowed" });
    const next = await place.machine("next", place.path("next"));
    await link(home, next);
    await next.start("--name", "tablet");
    await next.untilConnected(home);
    await next.stop();
  });
});
