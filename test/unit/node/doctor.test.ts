import { chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ClockWatch } from "../../../src/node/doctor/clock-watch.ts";
import { checkFiles, checkMigration } from "../../../src/node/doctor/disk.ts";
import { checkPorts } from "../../../src/node/doctor/network.ts";
import { checkService } from "../../../src/node/doctor/service.ts";
import { temporaryFolder } from "../config/temporary-folder.ts";

describe("doctor", () => {
  test("ports: one that takes connections, and one that nobody listens on", async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const address = `/ip4/127.0.0.1/tcp/${port}`;
    expect(await checkPorts([address, `${address}/p2p/12D3KooWM2NAi5Xcp34c1kcKL4EDbHAT5P6b1RxsnHNm18vnqmKx`])).toMatchObject({ ok: true });
    await new Promise((resolve) => server.close(resolve));
    expect(await checkPorts([address])).toMatchObject({
      ok: false,
      message: expect.stringContaining(String(port)),
      fix: expect.any(String),
    });
    expect(await checkPorts([])).toMatchObject({ ok: false });
  });

  test.skipIf(process.platform === "win32")("files: a key that others can read is named", async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "vault.key"), "x", { mode: 0o600 });
    writeFileSync(join(folder.path, "config.toml"), "", { mode: 0o644 });
    expect(await checkFiles(folder.path)).toMatchObject({ ok: true });
    chmodSync(join(folder.path, "vault.key"), 0o644);
    expect(await checkFiles(folder.path)).toMatchObject({
      ok: false,
      message: expect.stringContaining("vault.key"),
      fix: expect.any(String),
    });
  });

  test("migration: a copy that was left is named", () => {
    using folder = temporaryFolder();
    expect(checkMigration(folder.path)).toMatchObject({ ok: true });
    writeFileSync(join(folder.path, "homeport.db.before-migration"), "");
    expect(checkMigration(folder.path)).toMatchObject({ ok: false, fix: expect.stringContaining("before-migration") });
  });

  test("clock: a jump is noticed once and kept, small steps are not", () => {
    let wall = 1_000_000;
    let steady = 0;
    const jumps: number[] = [];
    const watch = new ClockWatch({ wall: () => wall, steady: () => steady, jumped: ({ by }) => void jumps.push(by) });
    const pass = (ms: number, extra: number) => {
      steady += ms;
      wall += ms + extra;
      watch.look();
    };
    pass(30_000, 0);
    pass(30_000, 59_000);
    pass(30_000, -59_000);
    expect(jumps).toEqual([]);
    pass(30_000, -3_600_000);
    pass(30_000, 0);
    expect([jumps, watch.jump?.by]).toEqual([[-3_600_000], -3_600_000]);
    watch.stop();
  });

  test("service: run by a manager, with and without a watchdog, and by hand", () => {
    const message = (env: Record<string, string>) => checkService({ data: "/nowhere", env: { HOME: "/nonexistent", ...env } }).message;
    expect(message({ NOTIFY_SOCKET: "/x", WATCHDOG_USEC: "1" })).toContain("watchdog");
    expect(message({ INVOCATION_ID: "x" })).toContain("service manager");
    expect(message({})).toContain("homeport service install");
  });
});
