import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const BIN = fileURLToPath(new URL("../../../bin/homeport.js", import.meta.url));

/** A package of its own, whose `bin/homeport.js` is the real one but thinks that the running Node is too old. */
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "homeport-bin-"));
  await mkdir(join(root, "bin"));
  await writeFile(join(root, "package.json"), '{"type":"module"}');
  const text = await readFile(BIN, "utf8");
  expect(text).toContain("const NEEDED = 24;");
  await writeFile(join(root, "bin", "homeport.js"), text.replace("const NEEDED = 24;", "const NEEDED = 9999;"));
});

afterAll(() => rm(root, { recursive: true }));

/** Stands in for the newer Node of node_modules. */
async function newerNode(script: string): Promise<void> {
  await mkdir(join(root, "node_modules", "node", "bin"), { recursive: true });
  const file = join(root, "node_modules", "node", "bin", "node");
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

function start(args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(root, "bin", "homeport.js"), ...args], { env: { PATH: process.env.PATH, ...env } });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
  const ended = once(child, "close").then(([code, signal]) => ({ code: code as number | null, signal: signal as string | null, ...said }));
  return { child, said, ended };
}

describe("where the running Node is too old", () => {
  test("without a newer one it says what to install", async () => {
    const { code, stderr } = await start(["status"]).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/needs Node 9999 or newer, and this is v.*npm ci/);
  });

  test("the one of node_modules gets the same arguments, and its exit code comes back", async () => {
    await newerNode('printf "<%s>" "$@"; exit 3');
    const { code, stdout } = await start(["send", "con 1", "-", "--json"]).ended;
    expect([code, stdout]).toEqual([3, `<${join(root, "bin", "homeport.js")}><send><con 1><-><--json>`]);
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s is passed on, and the child decides how it ends", async (signal) => {
    await newerNode(`trap 'echo got ${signal}; exit 7' ${signal.slice(3)}; echo up; while :; do sleep 0.05; done`);
    const { child, said, ended } = start(["start"]);
    while (!said.stdout.includes("up")) await once(child.stdout, "data");
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 7, stdout: `up\ngot ${signal}\n` });
  });

  test("a child that a signal ended ends the parent by the same signal", async () => {
    await newerNode("kill -KILL $$");
    expect(await start([]).ended).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  test("a Node in node_modules that is too old as well does not go round in circles", async () => {
    await newerNode(`exec ${JSON.stringify(process.execPath)} "$@"`);
    const { code, stderr } = await start([]).ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining("needs Node 9999")]);
  });
});

test("when the parent is killed outright, a running command ends by itself", async () => {
  // A parent as `bin/homeport.js` is one: with a channel to the child.
  const parent = spawn(process.execPath, [
    "-e",
    `const child = require("node:child_process").spawn(process.execPath, [${JSON.stringify(BIN)}, "device", "join", "-", "--data", ${JSON.stringify(root)}],
       { stdio: ["pipe", "inherit", "inherit", "ipc"] });
     setTimeout(() => console.log(child.pid), 800);`,
  ]);
  const [chunk] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(chunk.toString());
  expect(process.kill(pid, 0)).toBe(true);
  parent.kill("SIGKILL");
  // The child holds the same pipe: it closes when the child has ended too.
  await once(parent, "close");
});

test("the published package runs what was compiled", async () => {
  const published = join(root, "published", "node_modules", "homeport");
  await mkdir(join(published, "bin"), { recursive: true });
  await mkdir(join(published, "dist", "cli"), { recursive: true });
  await mkdir(join(published, "src", "cli"), { recursive: true });
  await writeFile(join(published, "package.json"), '{"type":"module"}');
  await copyFile(BIN, join(published, "bin", "homeport.js"));
  await writeFile(join(published, "src", "cli", "main.ts"), 'console.log("source");');
  await writeFile(join(published, "dist", "cli", "main.js"), 'console.log("compiled", process.argv.slice(2));');
  const child = spawn(process.execPath, [join(published, "bin", "homeport.js"), "status"]);
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  await once(child, "close");
  expect(stdout).toBe("compiled [ 'status' ]\n");
});
