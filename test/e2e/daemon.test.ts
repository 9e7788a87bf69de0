import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckRow, Status } from "../../src/api/status.ts";
import { type Homeport, link, type World, world } from "../harness/homeport.ts";

let place: World;
beforeAll(async () => {
  place = await world();
});
afterAll(() => place[Symbol.asyncDispose]());

describe("start", () => {
  let machine: Homeport;
  beforeAll(async () => {
    machine = await place.machine("daemon");
    await machine.init();
  });

  test("its first line says ready, with the ids of init, and no web address with --http off", async () => {
    const ready = await machine.start();
    expect(Object.keys(ready).sort()).toEqual(["account", "addresses", "device", "event", "locked", "url"]);
    expect(ready).toMatchObject({ event: "ready", url: null });
    expect(ready.addresses).toEqual([expect.stringContaining(machine.listen)]);
    expect((await machine.json<Status>("status")).account).toBe(ready.account);
  });

  test("a second daemon on the folder is refused with `locked`, and the first goes on", async () => {
    const second = await place.machine("second", machine.data);
    expect(await second.refusal("start", "--http", "off", "--no-mdns")).toMatchObject({ exit: 1, code: "locked" });
    expect(await machine.json<Status>("status")).toMatchObject({ version: expect.any(String) });
  });

  test("SIGTERM ends it within 5 seconds with exit 0, and commands then say that no daemon runs", async () => {
    expect(await machine.stop()).toBeLessThan(5_000);
    expect((await machine.daemon.ended).code).toBe(0);
    expect(await machine.refusal("status")).toMatchObject({ exit: 3, code: "no-daemon" });
  });

  test("SIGINT ends it too", async () => {
    await machine.start();
    machine.daemon.signal("SIGINT");
    expect((await machine.daemon.ended).code).toBe(0);
  });

  test("after kill -9 it starts again on the same folder", async () => {
    await machine.start();
    await machine.kill();
    expect((await machine.start()).event).toBe("ready");
    await machine.stop();
  });

  test("without --listen it chooses free ports once and keeps them", async () => {
    const defaults = await place.machine("ports");
    await defaults.init();
    const portsOf = async () => {
      const daemon = defaults.stream(["start", "--http", "off", "--no-mdns"]);
      const { addresses } = await daemon.until<{ addresses: string[] }>("first line", () => true);
      await daemon.stop();
      return [...new Set(addresses.map((address) => /\/tcp\/(\d+)/.exec(address)?.[1] ?? ""))].sort((a, b) => a.localeCompare(b));
    };
    const first = await portsOf();
    expect(first).toHaveLength(2);
    expect(await portsOf()).toEqual(first);
  });

  test("an address that cannot be listened on is said so", async () => {
    const other = await place.machine("other");
    await other.init();
    await machine.start();
    const refused = await other.refusal("start", "--http", "off", "--no-mdns", "--listen", machine.listen);
    expect(refused).toMatchObject({ exit: 1, code: "port-in-use", message: expect.stringContaining(machine.listen.replace(/.*\//, "")) });
    await machine.stop();
  });

  test("where there is no profile it says how to make one, and makes none", async () => {
    const nobody = await place.machine("nobody");
    const refused = await nobody.refusal("start", "--http", "off");
    expect(refused).toMatchObject({ exit: 1, code: "no-profile", message: expect.stringContaining("homeport init") });
    expect(existsSync(nobody.data)).toBe(false);
  });

  test("the configuration file names the device; an option outdoes it; a mistake in it names its place", async () => {
    const configured = await place.machine("configured");
    await configured.init();
    const file = join(configured.data, "config.toml");
    writeFileSync(file, 'name = "from the file"\nhttp = "off"\nmdns = false\n');
    await configured.start();
    expect(await configured.knows("from the file")).toMatchObject({ self: true });
    await configured.stop();
    await configured.start("--name", "from the option");
    expect(await configured.knows("from the option")).toMatchObject({ self: true });
    await configured.stop();
    writeFileSync(file, 'naem = "typo"\n');
    const refused = await configured.refusal("start");
    expect(refused).toMatchObject({ exit: 1, code: "bad-config", message: expect.stringContaining("config.toml") });
  });
});

describe("status and doctor", () => {
  test("status counts what is stored, and doctor names each check with what to do", async () => {
    const machine = await place.machine("checked");
    await machine.init();
    await machine.start();
    const status = await machine.json<Status>("status");
    expect(status).toMatchObject({ peers: [], bridges: [] });
    expect(status.storage.bytes).toBeGreaterThan(0);
    expect(status.uptime).toBeGreaterThanOrEqual(0);
    const checks = await machine.json<CheckRow[]>("doctor");
    expect(checks.map(({ check }) => check)).toEqual(
      expect.arrayContaining(["data-folder", "daemon", "disk", "database", "isolation", "vault"]),
    );
    for (const row of checks) if (!row.ok) expect(row.fix).toMatch(/\w/);
    expect(checks.find(({ check }) => check === "database")).toMatchObject({ ok: true });
    await machine.stop();
  });

  test("doctor without a daemon prints what it can check, and exits 3", async () => {
    const machine = await place.machine("asleep");
    await machine.init();
    const { code, stdout, stderr } = await machine.run(["doctor"]);
    expect(code).toBe(3);
    expect((JSON.parse(stdout) as CheckRow[]).find(({ check }) => check === "daemon")).toMatchObject({
      ok: false,
      fix: expect.any(String),
    });
    expect(JSON.parse(stderr)).toMatchObject({ code: "no-daemon" });
  });

  test("a data folder that others can look into is pointed out", async () => {
    const machine = await place.machine("open");
    await machine.init();
    chmodSync(machine.data, 0o755);
    const { stdout } = await machine.run(["doctor"]);
    const row = (JSON.parse(stdout) as CheckRow[]).find(({ check }) => check === "data-folder");
    expect(row).toMatchObject({ ok: false, fix: expect.stringContaining("chmod 700") });
  });
});

test("a folder whose profile was joined is started by the same command as one that was made", async () => {
  const [sponsor, joiner] = [await place.machine("sponsor"), await place.machine("joiner")];
  const { account } = await sponsor.init();
  await sponsor.start();
  await link(sponsor, joiner);
  expect((await joiner.start()).account).toBe(account);
});
