import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckRow } from "../../src/api/status.ts";
import { packagedUnit } from "../../src/node/service/packaged-unit.ts";
import { eventually, type Homeport, refusalOf, type World, world } from "../harness/homeport.ts";
import { NotifySocket } from "../servers/notify-socket.ts";
import { requireServer } from "../servers/require-server.ts";
import { systemdProgram } from "../servers/systemd.ts";

const run = promisify(execFile);
const systemd = await requireServer("systemd");

let place: World;
let machine: Homeport;
let env: Record<string, string>;

beforeAll(async () => {
  place = await world();
  machine = await place.machine("service");
  await machine.init();
  // No service manager runs here: what stands for systemctl writes down what it is asked for.
  const bin = place.path("bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "systemctl"), `#!/bin/sh\necho "$@" >> "${place.path("asked")}"\n`);
  chmodSync(join(bin, "systemctl"), 0o755);
  env = { PATH: `${bin}:${place.env["PATH"] ?? ""}` };
});
afterAll(() => place[Symbol.asyncDispose]());

const asked = () => (existsSync(place.path("asked")) ? readFileSync(place.path("asked"), "utf8").trim().split("\n") : []);
const unitOf = (text: string) => place.path(`home/.config/systemd/user/${text}`);

describe("homeport service", () => {
  test("install writes a user's unit and has it enabled and started; again replaces it; remove takes it away", async () => {
    for (const _ of [1, 2]) {
      const { code, stdout, stderr } = await machine.run(["service", "install"], { env });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const { unit, path, scope, started, notes } = JSON.parse(stdout) as { unit: string; path: string } & Record<string, unknown>;
      expect({ unit, path, scope, started }).toEqual({
        unit: expect.stringMatching(/^homeport-[0-9a-f]{8}\.service$/) as string,
        path: unitOf(unit),
        scope: "user",
        started: true,
      });
      expect(notes).toEqual([expect.stringContaining("loginctl enable-linger")]);
      expect(readFileSync(path, "utf8")).toContain(`--data ${machine.data} --json start --locked`);
      expect(asked().slice(-2)).toEqual(["--user daemon-reload", `--user enable --now ${unit}`]);
    }
    const removed = JSON.parse((await machine.run(["service", "remove"], { env })).stdout) as { unit: string; path: string };
    expect(existsSync(removed.path)).toBe(false);
    expect(asked().slice(-2)).toEqual([`--user disable --now ${removed.unit}`, "--user daemon-reload"]);
    expect(refusalOf(await machine.run(["service", "remove"], { env }), "remove").code).toBe("not-found");
  });

  test("a unit of somebody else's is neither replaced nor removed; without systemd and without a profile it is refused", async () => {
    const { unit } = JSON.parse((await machine.run(["service", "install", "--no-start"], { env })).stdout) as { unit: string };
    writeFileSync(unitOf(unit), "[Service]\nExecStart=/bin/true\n");
    expect(refusalOf(await machine.run(["service", "install"], { env }), "install").code).toBe("exists");
    expect(refusalOf(await machine.run(["service", "remove"], { env }), "remove").code).toBe("not-found");
    const none = { PATH: place.path("empty") };
    expect(refusalOf(await machine.run(["service", "install"], { env: none }), "install").code).toBe("unsupported");
    const fresh = await place.machine("fresh");
    expect(refusalOf(await fresh.run(["service", "install"], { env }), "install").code).toBe("no-profile");
  });
});

describe.skipIf(!systemd.ok)("with systemd's own programs", () => {
  test("systemd-analyze finds nothing wrong with the units, and something with a wrong one", async () => {
    const analyze = await systemdProgram(place.folder, "systemd-analyze");
    const verify = async (name: string, text: string, ...options: string[]) => {
      const path = place.path(name);
      writeFileSync(path, text);
      const settings = { env: { XDG_RUNTIME_DIR: place.folder, HOME: place.path("home") } };
      const { stderr } = await run(analyze, ["verify", "--man=no", ...options, path], settings).catch(
        (error: unknown) => error as { stderr: string },
      );
      return stderr.split("\n").filter((line) => line.includes(name));
    };
    const executable = packagedUnit().replaceAll("=/usr/local/bin/homeport", "=/bin/true").replaceAll("=homeport\n", "=root\n");
    expect(await verify("packaged.service", executable)).toEqual([]);
    expect(await verify("wrong.service", executable.replace("WatchdogSec", "WatchdogSek"))).not.toEqual([]);
    const { path } = JSON.parse((await (await reinstalled()).run(["service", "install"], { env })).stdout) as { path: string };
    expect(await verify("user.service", readFileSync(path, "utf8"), "--user")).toEqual([]);
  });

  test("the daemon says that it is ready, how it is, that it lives, and that it ends", async () => {
    using socket = await NotifySocket.open(place.path("notify"));
    const notify = await systemdProgram(place.folder, "systemd-notify");
    const daemon = machine.stream(["start", "--http", "off", "--no-mdns", "--listen", machine.listen], {
      env: { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: "1000000", HOMEPORT_SYSTEMD_NOTIFY: notify },
    });
    await daemon.until("first line", () => true);
    await eventually("ready", () => socket.heard.find((line) => line.includes("READY=1")));
    await eventually("two signs of life", () => socket.heard.filter((line) => line.includes("WATCHDOG=1"))[1]);
    await machine.json("lock");
    await eventually("its state", () => socket.heard.find((line) => line.includes("STATUS=Locked")));
    const checks = await machine.json<CheckRow[]>("unlock").then(() => machine.json<CheckRow[]>("doctor"));
    expect(checks.find(({ check }) => check === "service")).toMatchObject({ ok: true, message: expect.stringContaining("watchdog") });
    await daemon.stop();
    expect(socket.heard.some((line) => line.includes("STOPPING=1"))).toBe(true);
  });
});

/** Its unit was somebody else's in the test before. */
async function reinstalled(): Promise<Homeport> {
  const other = await place.machine("other");
  await other.init();
  return other;
}
