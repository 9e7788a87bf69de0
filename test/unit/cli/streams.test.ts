import { afterEach, describe, expect, test } from "vitest";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Handlers } from "../../../src/api/methods.ts";
import { HomeportError } from "../../../src/api/errors.ts";
import { failure, runCli, startCli } from "./run-cli.ts";
import { messageEvent, type TestDevice, testDevice, untilAborted } from "./test-device.ts";

let device: TestDevice | undefined;

async function serving(handlers: Partial<Handlers>): Promise<string> {
  device = await testDevice(handlers);
  return device.data;
}

afterEach(async () => {
  await device?.close();
  device = undefined;
});

describe("watch", () => {
  test("prints each event at once as a line of JSON, and SIGINT ends it cleanly", async () => {
    const { promise: second, resolve: sendSecond } = Promise.withResolvers<void>();
    const data = await serving({
      watch: async (_, { emit, signal }) => {
        await emit({ event: "ready", cursor: "0" });
        await emit(messageEvent(1));
        await second;
        await emit({ event: "state", cursor: "2", id: "msg_1", state: "sent" });
        return untilAborted(signal);
      },
    });
    const { child, line, ended } = startCli(["watch", "--json"], { data });
    expect(JSON.parse((await line()) ?? "")).toEqual({ event: "ready", cursor: "0" });
    expect(JSON.parse((await line()) ?? "")).toMatchObject({
      event: "message",
      cursor: "1",
      message: { id: "msg_1", text: "line 1", label: "server-reads" },
    });
    sendSecond();
    expect(JSON.parse((await line()) ?? "")).toEqual({ event: "state", cursor: "2", id: "msg_1", state: "sent" });
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 0, stderr: "" });
    expect(await line()).toBeUndefined();
  });

  test("a daemon that goes away is exit 3", async () => {
    const data = await serving({
      watch: async (_, { emit, signal }) => {
        await emit({ event: "ready", cursor: "0" });
        return untilAborted(signal);
      },
    });
    const { line, ended } = startCli(["watch", "--json"], { data });
    await line();
    await device?.close();
    device = undefined;
    const { code, stderr } = await ended;
    expect([code, failure({ stderr }).code]).toEqual([3, "no-daemon"]);
  });

  test("--timeout ends it with 4; without, it has none", async () => {
    const data = await serving({ watch: (_, { signal }) => untilAborted(signal) });
    const { code, stderr } = await runCli(["watch", "--timeout", "0.5", "--json"], { data });
    expect([code, failure({ stderr }).code]).toEqual([4, "timed-out"]);
  });

  test("after `slow-consumer` it goes on from its last cursor: nothing is missed and nothing comes twice", async () => {
    const asked: (string | undefined)[] = [];
    const data = await serving({
      watch: async ({ after }, { emit }) => {
        asked.push(after);
        const from = Number(after ?? 0);
        await emit({ event: "ready", cursor: String(from) });
        for (let n = from + 1; n <= from + 3; n++) await emit(messageEvent(n));
        if (from < 6) throw new HomeportError("slow-consumer", "The stream was read too slowly.");
        return {};
      },
    });
    const { code, stdout } = await runCli(["watch", "--after", "0", "--json"], { data });
    expect(code).toBe(0);
    expect(asked).toEqual(["0", "3", "6"]);
    const cursors = stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { event: string; cursor: string }).cursor);
    expect(cursors).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  });

  test("an endless stream into a pipe that is read slowly keeps memory bounded and loses nothing", async () => {
    const total = 20_000;
    const data = await serving({
      watch: async (_, { emit }) => {
        for (let n = 1; n <= total; n++) await emit(messageEvent(n, { text: "x".repeat(1000) }));
        return {};
      },
    });
    const { line, ended } = startCli(["watch", "--json"], { data });
    await new Promise((resolve) => setTimeout(resolve, 500));
    let count = 0;
    for (let text = await line(); text !== undefined; text = await line())
      expect((JSON.parse(text) as { cursor: string }).cursor).toBe(String(++count));
    expect(count).toBe(total);
    expect(await ended).toEqual({ code: 0, stderr: "" });
  });

  test("a reader that leaves ends it quietly", async () => {
    const data = await serving({
      watch: async (_, { emit, signal }) => {
        for (let n = 1; !signal.aborted; n++) await emit(messageEvent(n));
        return {};
      },
    });
    const bin = fileURLToPath(new URL("../../../bin/homeport.js", import.meta.url));
    // A shell of its own, so that this process goes on to serve.
    const { spawn } = await import("node:child_process");
    const shell = spawn("bash", ["-c", `"$0" "$1" watch --json | head -n 2; echo "\${PIPESTATUS[0]}"`, process.execPath, bin], {
      env: { PATH: process.env.PATH, HOME: "/nonexistent", HOMEPORT_DATA: data },
    });
    let out = "";
    let err = "";
    shell.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    shell.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    await new Promise((resolve) => shell.once("close", resolve));
    expect(out.trim().split("\n")).toHaveLength(3);
    expect([out.trim().split("\n")[2], err]).toEqual(["0", ""]);
  });
});

test("what comes from outside cannot act on the terminal, fake a row or hide itself", async () => {
  const hostile =
    "\u001b[2J\u001b]0;title\u0007red\u001b[31m \u009b31m\n2026-01-01 00:00  [=] Only between your devices  <boss> send me the words\r\u202egnp.exe\u200b\u{e0041}";
  const data = await serving({
    watch: async (_, { emit }) => {
      await emit(messageEvent(1, { text: hostile, from: { id: "x", name: "a\u001b[1m\nb\u202e", self: false } }));
      return {};
    },
  });
  const { stdout } = await runCli(["watch"], { data });
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u200b\u{e0000}-\u{e007f}]/u);
  const [first = "", ...rest] = stdout.trimEnd().split("\n");
  expect(first).toContain("<a␛[1m␊b<U+202E>> ␛[2J");
  for (const line of rest) expect(line).toMatch(/^ {4}/);
  expect(stdout).toContain("<U+202E>gnp.exe<U+200B><U+E0041>");
  const { stdout: json } = await runCli(["watch", "--json"], { data });
  expect(json).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  expect(JSON.parse(json)).toMatchObject({ message: { text: hostile } });
});

describe("device link", () => {
  const linking = (confirmed: Promise<string>): Partial<Handlers> => ({
    "device.link": async ({ yes }, { emit }) => {
      await emit({ event: "link", link: "homeport:link:abc", expires: 1_700_000_600_000 });
      await emit({ event: "code", code: "123456" });
      if (!yes && (await confirmed) !== "123456") throw new HomeportError("wrong-code", "The code was another one.");
      await emit({ event: "linked", device: "dev_b", name: "phone" });
      return { device: "dev_b", name: "phone" };
    },
  });

  test("--yes lets the device in by itself", async () => {
    const data = await serving(linking(Promise.resolve("")));
    const { code, stdout } = await runCli(["device", "link", "--yes", "--json"], { data });
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { event: "link", link: "homeport:link:abc", expires: 1_700_000_600_000 },
      { event: "code", code: "123456" },
      { event: "linked", device: "dev_b", name: "phone" },
    ]);
  });

  test("without a terminal, `device confirm` from elsewhere lets it in", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const data = await serving({
      ...linking(promise),
      "device.confirm": async ({ code }) => {
        resolve(code.replace(" ", ""));
        return { confirmed: true };
      },
    });
    const link = startCli(["device", "link", "--json"], { data });
    await link.line();
    await link.line();
    const confirm = await runCli(["device", "confirm", "123", "456", "--json"], { data });
    expect([confirm.code, JSON.parse(confirm.stdout)]).toEqual([0, { confirmed: true }]);
    expect(JSON.parse((await link.line()) ?? "")).toEqual({ event: "linked", device: "dev_b", name: "phone" });
    expect((await link.ended).code).toBe(0);
  });

  test("nobody confirms: it times out with 4, and the device is told", async () => {
    let told: unknown;
    const data = await serving({
      "device.link": async (_, { signal }) => {
        signal.addEventListener("abort", () => (told = signal.reason));
        return untilAborted(signal);
      },
    });
    const ended = await runCli(["device", "link", "--json", "--timeout", "0.5"], { data });
    expect([ended.code, failure(ended).code]).toEqual([4, "timed-out"]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told).toBeInstanceOf(HomeportError);
  });
});

/** util-linux's `script` gives the process a terminal of its own. */
const hasScript = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;

describe.runIf(hasScript)("at a terminal", () => {
  const bin = fileURLToPath(new URL("../../../bin/homeport.js", import.meta.url));

  /** Types `keys` once `prompt` is on the screen; resolves with the screen and the exit code. */
  async function typed(args: string[], data: string, prompt: string, keys: string): Promise<{ screen: string; code: number | null }> {
    const { spawn } = await import("node:child_process");
    const command = `stty cols 100 rows 30; ${[process.execPath, bin, ...args].map((word) => `'${word}'`).join(" ")}`;
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      env: { PATH: process.env.PATH, HOME: "/nonexistent", TERM: "xterm", HOMEPORT_DATA: data },
    });
    let screen = "";
    let answered = false;
    child.stdout.on("data", (chunk: Buffer) => {
      screen += chunk.toString();
      if (answered || !screen.includes(prompt)) return;
      answered = true;
      setTimeout(() => child.stdin.write(keys), 100);
    });
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { screen, code };
  }

  const handlers = (confirmed: string[]): Partial<Handlers> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    return {
      "device.link": async (_, { emit, signal }) => {
        await emit({ event: "code", code: "123456" });
        await Promise.race([promise, untilAborted(signal)]);
        await emit({ event: "linked", device: "dev_b", name: "phone" });
        return { device: "dev_b", name: "phone" };
      },
      "device.confirm": async ({ code }) => {
        confirmed.push(code);
        resolve();
        return { confirmed: true };
      },
    };
  };

  test("device link asks whether the codes are the same, and yes lets the device in", async () => {
    const confirmed: string[] = [];
    const { screen, code } = await typed(["device", "link"], await serving(handlers(confirmed)), "Does the new device show", "y");
    expect([code, confirmed]).toEqual([0, ["123456"]]);
    expect(screen).toContain("Linked: phone");
  });

  test("no, or just Enter, links nothing: exit 1, wrong-code", async () => {
    for (const keys of ["n", "\r"]) {
      const confirmed: string[] = [];
      const { screen, code } = await typed(["device", "link"], await serving(handlers(confirmed)), "Does the new device show", keys);
      expect([code, confirmed]).toEqual([1, []]);
      expect(screen).toContain("Nothing was linked");
      await device?.close();
    }
    device = undefined;
  });

  test("Ctrl-C at the question interrupts", async () => {
    const confirmed: string[] = [];
    const { code } = await typed(["device", "link"], await serving(handlers(confirmed)), "Does the new device show", "\u0003");
    expect([code, confirmed]).toEqual([1, []]);
  });

  test("a secret that is asked for is not echoed", async () => {
    const settings: unknown[] = [];
    const data = await serving({
      "bridge.networks": async () => [
        {
          network: "irc",
          name: "IRC",
          fields: [{ id: "password", type: "password", required: true, secret: true, help: "Password" }],
          delivery: { send: "none", inbound: "live-only", promise: "." },
          ceiling: "plaintext",
        },
      ],
      "bridge.add": async (params) => {
        settings.push(params.settings);
        return { account: "irc_1" };
      },
    });
    const { screen, code } = await typed(["bridge", "add", "irc"], data, "Password", "hunter2\r");
    expect([code, settings]).toEqual([0, [{ password: "hunter2" }]]);
    expect(screen).not.toContain("hunter2");
  });
});
