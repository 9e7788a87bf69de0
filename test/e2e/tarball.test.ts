import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckRow, Status } from "../../src/api/status.ts";
import { CliProcess, type World, world } from "../harness/homeport.ts";
import { registry } from "../harness/registry.ts";
import { freePorts } from "../servers/ports.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What somebody gets who installs the package: compiled JavaScript and no more, in a folder where nothing else is. */
describe("npm pack, installed into an empty folder", () => {
  let place: World;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    place = await world();
    folder = place.path("installed");
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    env = {
      ...place.env,
      ...registry(),
      HOMEPORT_DATA: place.path("data"),
      PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
    };
  });
  afterAll(() => place[Symbol.asyncDispose]());

  const homeport = (...args: string[]) =>
    new CliProcess([...args, "--json"], { env, command: [join(folder, "node_modules", ".bin", "homeport")], cwd: folder });

  async function answer<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await homeport(...args).ended;
    if (code !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  test("the package has the compiled code, the settings and the documentation, and neither source nor tests", async () => {
    const out = execFileSync("npm", ["pack", "--json", "--pack-destination", place.folder], {
      ...{ cwd: ROOT, env: { ...process.env, ...registry() }, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    });
    const packed = JSON.parse(out) as
      | { filename: string; files: { path: string }[] }[]
      | Record<string, { filename: string; files: { path: string }[] }>;
    const [{ filename, files } = { filename: "", files: [] }] = Array.isArray(packed) ? packed : Object.values(packed);
    const names = files.map(({ path }) => path);
    expect(names).toEqual(
      expect.arrayContaining([
        "bin/homeport.js",
        "dist/cli/main.js",
        "dist/node/daemon.js",
        "dist/bridges/irc/manifest.json",
        "dist/bridges/xmpp/manifest.json",
        "config/homeport.service",
        "docs/README.md",
        "LICENSE",
      ]),
    );
    expect(names.filter((name) => /^(src|test|bench|scripts|node_modules)\/|\.ts$|\.cache/.test(name))).toEqual([]);
    const { code, stderr } = await new CliProcess(["install", "--no-audit", "--no-fund", join(place.folder, filename)], {
      ...{ env, command: ["npm"], cwd: folder },
    }).ended;
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("init, start, status, a bridge's fields, doctor, lock and unlock, and stop", async () => {
    const made = await answer<{ account: string }>("init", "--no-recovery");
    await using daemon = homeport("start", "--http", "off", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0");
    await daemon.until("ready", ({ event }: { event: string }) => event === "ready");
    expect(await answer<Status>("status")).toMatchObject({ account: made.account, locked: false });
    expect(await answer("bridge", "networks")).toEqual([
      expect.objectContaining({ network: "irc" }),
      expect.objectContaining({ network: "xmpp" }),
    ]);
    const checks = await answer<CheckRow[]>("doctor");
    expect(checks.filter(({ ok, check }) => !ok && !["isolation", "addresses", "disk"].includes(check))).toEqual([]);
    await answer("lock");
    await answer("unlock");
    await answer("stop");
    expect((await daemon.ended).code).toBe(0);
    expect((await homeport("status").ended).code).toBe(3);
    expect(readdirSync(place.path("data")).sort()).toEqual(expect.arrayContaining(["homeport.db", "vault.key"]));
  });

  test("the plugins' code is found and loaded from the package, in the sandbox where there is one", async () => {
    await using daemon = homeport("start", "--http", "off", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0");
    await daemon.until("ready", ({ event }: { event: string }) => event === "ready");
    const settings = ["host=127.0.0.1", "port=1", "nick=packed"];
    const { account } = await answer<{ account: string }>("bridge", "add", "irc", "--set", ...settings);
    const deadline = Date.now() + 30_000;
    let states: { account: string; state: string; error?: { message: string } }[] = [];
    // Nobody listens there: the plugin runs, tries and says so.
    while (Date.now() < deadline && states.find((row) => row.account === account)?.state !== "backoff")
      states = await answer("bridge", "list");
    expect(states).toMatchObject([{ account, state: "backoff" }]);
    await answer("stop");
    await daemon.ended;
    expect(existsSync(join(folder, "node_modules", "homeport", "src"))).toBe(false);
  });

  test("what the container file says runs: its command starts the device, and its health check sees it", async () => {
    const text = readFileSync(join(ROOT, "config", "Containerfile"), "utf8");
    const jsonOf = (pattern: RegExp) => JSON.parse(pattern.exec(text)?.[1] ?? "null") as string[];
    const [tcp, websocket, metrics] = (await freePorts(3)).map(String) as [string, string, string];
    const moved = (word: string) => word.replace("4001", tcp).replace("4002", websocket).replace("9464", metrics);
    await using daemon = homeport(
      ...jsonOf(/^CMD (.*)$/m)
        .filter((word) => word !== "--json")
        .map(moved),
    );
    await daemon.until("ready", ({ event }: { event: string }) => event === "ready");
    const [program = "", ...args] = jsonOf(/ CMD (\[.*\])$/m).map(moved);
    const check = () => new CliProcess(args, { env, command: [program], cwd: folder }).ended;
    expect((await check()).code).toBe(0);
    await answer("stop");
    await daemon.ended;
    expect((await check()).code).toBe(1);
  });
});
