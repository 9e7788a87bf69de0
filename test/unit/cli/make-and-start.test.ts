import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HomeportError } from "../../../src/api/errors.ts";
import type { Daemon, DaemonOptions, InitOptions, JoinOptions, NodeEntry } from "../../../src/cli/node-entry.ts";
import { runIn, shellOf } from "./in-process.ts";
import { failure, json, runCli } from "./run-cli.ts";
import { testDevice, untilAborted } from "./test-device.ts";

const WORDS = `${"abandon ".repeat(23)}art`;
const MADE = { account: "acc_a", device: "dev_a", fingerprint: "1234 5678" };

let data: string;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "homeport-make-"));
});

afterEach(() => rm(data, { recursive: true, force: true }));

const makes = (seen: InitOptions[] = []): Pick<NodeEntry, "initProfile"> => ({
  async initProfile(options) {
    seen.push(options);
    await options.showRecovery?.(new TextEncoder().encode(WORDS));
    return MADE;
  },
});

const codeOf = (promise: Promise<unknown>) =>
  promise.then(() => "done").catch((error: unknown) => (error instanceof HomeportError ? error.code : error));

describe("init", () => {
  test("A1: the words go to the terminal and nowhere else", async () => {
    const { shell, screen } = shellOf({ node: makes(), terminal: { canTell: async () => true } });
    await runIn(shell, ["init", "--data", data, "--json"]);
    expect(JSON.parse(screen.stdout)).toEqual(MADE);
    expect(screen.terminal).toContain(WORDS);
    expect(screen.stdout + screen.stderr).not.toContain("abandon");
  });

  test("A1: without a terminal it is refused before anything is made, and says what to do", async () => {
    const seen: InitOptions[] = [];
    const { shell } = shellOf({ node: makes(seen) });
    await expect(runIn(shell, ["init", "--data", data])).rejects.toMatchObject({
      code: "needs-terminal",
      message: expect.stringMatching(/--recovery-file.*--no-recovery/) as string,
    });
    expect(seen).toEqual([]);
  });

  test("--no-recovery needs none; the name is the machine's and the vault the file", async () => {
    const seen: InitOptions[] = [];
    const { shell } = shellOf({ node: makes(seen) });
    await runIn(shell, ["init", "--data", data, "--no-recovery"]);
    expect(seen).toMatchObject([{ data, name: hostname(), vault: "file" }]);
    expect(seen[0]?.showRecovery).toBeUndefined();
  });

  test("--recovery-file takes the words, mode 0600, and never overwrites a file", async () => {
    const file = join(data, "words");
    const { shell, screen } = shellOf({ node: makes() });
    await runIn(shell, ["init", "--data", data, "--recovery-file", file]);
    expect((await readFile(file, "utf8")).trim()).toBe(WORDS);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(screen.stdout + screen.stderr + screen.terminal).not.toContain("abandon");
    await writeFile(file, "other words");
    expect(await codeOf(runIn(shell, ["init", "--data", data, "--recovery-file", file]))).toBe("recovery-file");
    expect(await readFile(file, "utf8")).toBe("other words");
  });

  test("where no profile came of it, no words are left in the file", async () => {
    const file = join(data, "words");
    const fails: Pick<NodeEntry, "initProfile"> = {
      async initProfile({ showRecovery }) {
        await showRecovery?.(new TextEncoder().encode(WORDS));
        throw new HomeportError("disk-full", "The disk is full.");
      },
    };
    const { shell } = shellOf({ node: fails });
    expect(await codeOf(runIn(shell, ["init", "--data", data, "--recovery-file", file]))).toBe("disk-full");
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a passphrase comes from a file without its line break, or is typed twice", async () => {
    const seen: InitOptions[] = [];
    const file = join(data, "passphrase");
    await writeFile(file, "correct horse\r\n");
    const typed = ["one", "one", "one", "two"];
    const { shell } = shellOf({
      node: makes(seen),
      terminal: { interactive: true, secret: async () => new TextEncoder().encode(typed.shift()) },
    });
    await runIn(shell, ["init", "--data", data, "--no-recovery", "--passphrase-file", file]);
    expect(seen[0]?.vault).toBe("passphrase");
    expect(new TextDecoder().decode(await seen[0]?.passphrase())).toBe("correct horse");
    await runIn(shell, ["init", "--data", data, "--no-recovery", "--vault", "passphrase"]);
    expect(new TextDecoder().decode(await seen[1]?.passphrase())).toBe("one");
    expect(await codeOf(seen[1]?.passphrase() ?? Promise.resolve())).toBe("wrong-passphrase");
  });

  test("as a process, with the real core: one JSON value, then `exists`, and the words are of BIP 39", async () => {
    const folder = join(data, "profile");
    const file = join(data, "words");
    const made = await runCli(["init", "--json", "--recovery-file", file], { data: folder });
    expect([made.code, made.stderr]).toEqual([0, ""]);
    expect(Object.keys(json(made) as object)).toEqual(["account", "device", "fingerprint"]);
    const words = (await readFile(file, "utf8")).trim();
    expect(words.split(" ")).toHaveLength(24);
    expect(made.stdout).not.toContain(words.split(" ").slice(0, 2).join(" "));
    const again = await runCli(["init", "--json", "--no-recovery"], { data: folder });
    expect([again.code, failure(again).code]).toEqual([1, "exists"]);
    const blind = await runCli(["init", "--json"], { data: join(data, "other") });
    expect([blind.code, failure(blind).code]).toEqual([1, "needs-terminal"]);
    await expect(stat(join(data, "other"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("start", () => {
  interface Played {
    daemon: Daemon;
    options: DaemonOptions[];
    stops: number;
    break(error: Error): void;
  }

  function played(url: string | null = "http://127.0.0.1:1/#token"): Played {
    const stopped = Promise.withResolvers<void>();
    stopped.promise.catch(() => undefined);
    const self: Played = {
      options: [],
      stops: 0,
      break: stopped.reject,
      daemon: {
        account: "acc_a",
        device: "dev_a",
        addresses: ["/ip4/127.0.0.1/tcp/4001"],
        locked: false,
        url,
        stop: async () => {
          self.stops++;
          stopped.resolve();
        },
        stopped: stopped.promise,
      },
    };
    return self;
  }

  const runs = (self: Played): Pick<NodeEntry, "runDaemon"> => ({
    runDaemon: async (options) => {
      self.options.push(options);
      return self.daemon;
    },
  });

  test("says that it is ready, passes its options on, and ends the daemon when it is interrupted", async () => {
    const self = played();
    const interrupt = new AbortController();
    const { shell, screen } = shellOf({ node: runs(self), interrupt: interrupt.signal });
    const args = [
      "start",
      "--json",
      "--data",
      data,
      "--listen",
      "/ip4/0.0.0.0/tcp/1",
      "/ip4/0.0.0.0/tcp/2/ws",
      "--http",
      "off",
      "--no-mdns",
      "--peer",
      "/ip4/9.9.9.9/tcp/1",
      "--passphrase-file",
      "p",
      "--name",
      "n",
    ];
    const running = runIn(shell, args);
    await expect.poll(() => screen.stdout).not.toBe("");
    expect(JSON.parse(screen.stdout)).toEqual({
      event: "ready",
      account: "acc_a",
      device: "dev_a",
      addresses: ["/ip4/127.0.0.1/tcp/4001"],
      url: "http://127.0.0.1:1/#token",
      locked: false,
    });
    expect(self.options).toMatchObject([
      {
        data,
        flags: {
          listen: ["/ip4/0.0.0.0/tcp/1", "/ip4/0.0.0.0/tcp/2/ws"],
          http: "off",
          mdns: false,
          peer: ["/ip4/9.9.9.9/tcp/1"],
          passphraseFile: "p",
          name: "n",
        },
      },
    ]);
    interrupt.abort();
    await running;
    expect(self.stops).toBe(1);
  });

  test("options that were not given are left to the configuration file", async () => {
    const self = played();
    const { shell } = shellOf({ node: runs(self), interrupt: AbortSignal.abort() });
    await runIn(shell, ["start"]);
    expect(Object.values(self.options[0]?.flags ?? { none: 1 }).filter((value) => value !== undefined)).toEqual([]);
  });

  test("a daemon that cannot go on is an error", async () => {
    const self = played();
    const { shell } = shellOf({ node: runs(self) });
    const running = codeOf(runIn(shell, ["start"]));
    self.break(new HomeportError("disk-full", "The disk is full."));
    expect(await running).toBe("disk-full");
  });

  test("--first-run makes a profile, shows the link with a QR code and the next two commands, and links a second device", async () => {
    const device = await testDevice({
      "device.list": async () => [
        { device: "dev_a", name: "pc", class: "full", state: "admitted", self: true, online: true, lastSeen: null, forks: 0 },
      ],
      "device.link": async (_, { emit, signal }) => {
        await emit({ event: "link", link: "homeport:link:abc", expires: 1_700_000_600_000 });
        return untilAborted(signal);
      },
    });
    try {
      const self = played(null);
      const seen: InitOptions[] = [];
      const interrupt = new AbortController();
      const { shell, screen } = shellOf({ node: { ...runs(self), ...makes(seen) }, interrupt: interrupt.signal });
      const running = runIn(shell, ["start", "--first-run", "--data", device.data]);
      await expect.poll(() => screen.stdout).toContain("device join 'homeport:link:abc'");
      expect(screen.stdout).toMatch(/[█▀▄]{5}/);
      expect(screen.stderr).toMatch(/homeport bridge add irc --set host=.*\n.*homeport bridge open ACCOUNT/);
      expect(seen).toMatchObject([{ vault: "file" }]);
      // Nobody sees a terminal here: the words wait in a file that only the person can read.
      const file = join(device.data, "recovery-words.txt");
      expect(await readFile(file, "utf8")).toMatch(/^abandon .*art\n[\s\S]*delete this file/);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(screen.stderr).toContain(file);
      expect(screen.stderr + screen.stdout).not.toContain("abandon");
      interrupt.abort();
      await running;
      expect(self.stops).toBe(1);
    } finally {
      await device.close();
    }
  });

  test("--first-run with a profile makes none, and with two devices no link; a link that fails leaves the daemon running", async () => {
    const row = { name: "x", class: "full", state: "admitted", self: false, online: false, lastSeen: null, forks: 0 } as const;
    const rows = [{ ...row, device: "dev_a" }];
    let asked = 0;
    const device = await testDevice({
      "device.list": async () => rows,
      "device.link": async () => {
        asked++;
        throw new HomeportError("offline", "There is no address to reach this device at.");
      },
    });
    try {
      for (const links of [1, 1]) {
        const self = played(null);
        const interrupt = new AbortController();
        const { shell, screen } = shellOf({ node: { ...runs(self), hasProfile: async () => true }, interrupt: interrupt.signal });
        const running = runIn(shell, ["start", "--first-run", "--data", device.data]);
        await expect.poll(() => screen.stderr).toContain("bridge open");
        if (rows.length === 1) await expect.poll(() => screen.stderr).toContain("There is no address");
        interrupt.abort();
        await running;
        expect([self.stops, asked]).toEqual([1, links]);
        rows.push({ ...row, device: "dev_b" });
      }
    } finally {
      await device.close();
    }
  });
});

describe("device join", () => {
  const joins = (seen: JoinOptions[], wait?: (signal: AbortSignal) => Promise<void>): Pick<NodeEntry, "joinByLink"> => ({
    async joinByLink(options) {
      seen.push(options);
      await options.onCode("123456");
      await wait?.(options.signal);
      return { account: "acc_a", device: "dev_b" };
    },
  });

  test("streams the code and that it is linked", async () => {
    const seen: JoinOptions[] = [];
    const { shell, screen } = shellOf({ node: joins(seen) });
    await runIn(shell, ["device", "join", "homeport:link:abc", "--name", "phone", "--data", data, "--json"]);
    expect(
      screen.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { event: "code", code: "123456" },
      { event: "linked", account: "acc_a", device: "dev_b" },
    ]);
    expect(seen).toMatchObject([{ data, link: "homeport:link:abc", name: "phone", vault: "file" }]);
  });

  test("--timeout gives up with `timed-out`, an interrupt with `cancelled`", async () => {
    const { shell } = shellOf({ node: joins([], untilAborted) });
    expect(await codeOf(runIn(shell, ["device", "join", "x", "--timeout", "0.2"]))).toBe("timed-out");
    const interrupt = new AbortController();
    const other = shellOf({ node: joins([], untilAborted), interrupt: interrupt.signal });
    const running = codeOf(runIn(other.shell, ["device", "join", "x"]));
    setTimeout(() => interrupt.abort(new HomeportError("cancelled", "Interrupted.")), 50);
    expect(await running).toBe("cancelled");
  });
});
