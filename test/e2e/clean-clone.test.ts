import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CliProcess, eventually, type World, world } from "../harness/homeport.ts";
import { registry } from "../harness/registry.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SKIP = new Set(["node_modules", ".cache", "dist", "coverage"]);

/** What the README's first command does on a machine with only Node and npm, where nobody has been before. */
describe("npm ci && npm start in a clean copy", () => {
  let place: World;
  let copy: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    place = await world();
    copy = place.path("homeport");
    mkdirSync(copy);
    for (const name of tracked()) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    const home = place.path("fresh");
    mkdirSync(home);
    const { HOMEPORT_BWRAP: _, ...rest } = place.env;
    env = { ...rest, HOME: home, HOMEPORT_DATA: place.path("data"), PATH: machinePath(), ...registry() };
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("npm ci installs what the lock file names, by the machine's own npm", async () => {
    const { code, stderr } = await new CliProcess(["ci", "--no-audit", "--no-fund"], { env, command: ["npm"], cwd: copy }).ended;
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("npm start makes a profile, prints a link, a QR code and the two commands, and ends by SIGTERM", async () => {
    await using start = new CliProcess(["start"], { env, command: ["npm"], cwd: copy });
    await start.untilStderr("the commands that add a network", (text) => text.includes("bridge open"));
    const shown = async (what: string, pattern: RegExp) => eventually(what, () => pattern.exec(start.lines.join("\n"))?.[0] ?? undefined);
    const link = await shown("the link", /homeport:link\/\S+?(?=')/);
    expect(link.length).toBeGreaterThan(60);
    expect(await shown("the QR code", /[█▀▄ ]{20,}\n[█▀▄ ]{20,}/)).toMatch(/█/);
    expect(start.stderr).toMatch(/node bin\/homeport\.js bridge add irc --set host=\S+ .*nick=/);
    expect(start.stderr).toMatch(/node bin\/homeport\.js bridge open ACCOUNT '#/);

    const words = join(place.path("data"), "recovery-words.txt");
    expect(start.stderr).toContain(words);
    expect(statSync(words).mode & 0o777).toBe(0o600);
    const [first = "", second = ""] = readFileSync(words, "utf8").trim().split(/\s+/);
    expect(start.stderr + start.lines.join("\n")).not.toContain(`${first} ${second}`);

    const status = new CliProcess(["bin/homeport.js", "status", "--json"], { env, command: ["node"], cwd: copy });
    expect(JSON.parse((await status.ended).stdout)).toMatchObject({ peers: [], bridges: [] });
    const joined = new CliProcess(["bin/homeport.js", "device", "join", link, "--data", place.path("second"), "--json"], {
      env,
      command: ["node"],
      cwd: copy,
    });
    await joined
      .until<{ event: string; code: string }>("code", ({ event }) => event === "code")
      .then(async ({ code }) => {
        await new CliProcess(["bin/homeport.js", "device", "confirm", code], { env, command: ["node"], cwd: copy }).ended;
      });
    expect((await joined.ended).code).toBe(0);

    await endsBySigterm(start, copy, env);
  });

  test("a second npm start uses the profile that is there", async () => {
    await using start = new CliProcess(["start"], { env, command: ["npm"], cwd: copy });
    await eventually("it runs", () => (/Homeport runs as dev_/.test(start.lines.join("\n")) ? true : undefined));
    expect(start.stderr).not.toContain("Made a new account");
    await endsBySigterm(start, copy, env);
  });

  test("it wrote nothing but its data and its caches", () => {
    expect(readdirSync(env["HOME"] as string).filter((name) => ![".cache", ".npm"].includes(name))).toEqual([]);
  });
});

/** npm passes the signal on to its shell and this to Homeport; the daemon's own end is what counts. */
async function endsBySigterm(start: CliProcess, cwd: string, env: Record<string, string>): Promise<void> {
  const begun = performance.now();
  start.signal("SIGTERM");
  await start.ended;
  await eventually("the daemon is gone", async () => {
    const { code } = await new CliProcess(["bin/homeport.js", "status", "--json"], { env, command: ["node"], cwd }).ended;
    return code === 3 || undefined;
  });
  expect(performance.now() - begun).toBeLessThan(10_000);
}

/** Files of the working tree, those that git does not know yet included; in a tree without git, all but what is made. */
function tracked(): string[] {
  if (!existsSync(join(ROOT, ".git"))) return readdirSync(ROOT).filter((name) => !SKIP.has(name));
  const listed = execFileSync("git", ["-c", `safe.directory=${ROOT.replace(/\/$/, "")}`, "ls-files", "-co", "--exclude-standard", "-z"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return listed.split("\0").filter((name) => name !== "" && existsSync(join(ROOT, name)));
}

/** Without the folders that npm puts in front for a script, so that the machine's own Node and npm are found. */
function machinePath(): string {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules") && folder !== dirname(process.execPath))
    .join(delimiter);
}
