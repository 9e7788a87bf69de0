import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HomeportError } from "../../../src/api/errors.ts";
import type { BridgeRow, NetworkRow } from "../../../src/api/bridges.ts";
import { failure, json, type RunOptions, runCli } from "./run-cli.ts";
import { message, type TestDevice, testDevice, untilAborted } from "./test-device.ts";

const NETWORK: NetworkRow = {
  network: "irc",
  name: "IRC",
  fields: [
    { id: "host", type: "host", required: true, secret: false, help: "Name of the server" },
    { id: "port", type: "port", required: false, secret: false, default: "6697", help: "Port" },
    { id: "nick", type: "username", required: true, secret: false, help: "Your nickname" },
    { id: "password", type: "password", required: false, secret: true, help: "Password of the server" },
    { id: "socks", type: "text", required: false, secret: true, help: "SOCKS5 proxy" },
    { id: "ca", type: "file", required: false, secret: false, help: "Own certificate authority" },
  ],
  delivery: { send: "echo", inbound: "live-only", promise: "At most once, and said." },
  ceiling: "server-reads",
};

const BRIDGE: BridgeRow = {
  account: "irc_1",
  network: "irc",
  name: "me@irc.example.org",
  device: "dev_a",
  state: "online",
  isolated: true,
  link: { kind: "tls", verified: true, version: "TLSv1.3", server: "irc.example.org", measuredBy: "host" },
  label: "server-reads",
};

const SEEN: { method: string; params: object }[] = [];
const seen = (method: string) => SEEN.filter((call) => call.method === method).map(({ params }) => params);

let device: TestDevice;
let folder: string;
const run = (args: string[], options: RunOptions = {}) => runCli(args, { data: device.data, ...options });

const CHAT = { unread: 0, mentions: 0, muted: false, pinned: false, archived: false, last: null };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "homeport-files-"));
  const note = (method: string, params: object) => SEEN.push({ method, params });
  const hundred = Array.from({ length: 1200 }, (_, n) => message(n + 1));
  device = await testDevice({
    status: async () => ({
      version: "0.1.0",
      account: "acc_a",
      device: "dev_a",
      uptime: 3725.5,
      addresses: ["/ip4/127.0.0.1/tcp/4001"],
      peers: [{ device: "dev_b", address: "/ip4/127.0.0.1/tcp/9", via: "tcp", since: 1_700_000_000_000 }],
      bridges: [BRIDGE],
      notices: [],
      storage: { bytes: 2_000_000, entries: 12 },
      locked: false,
      vault: { vault: "file", protects: "It protects from little." },
      app: { version: "0.1.0", build: "00" },
    }),
    doctor: async () => [{ check: "isolation", ok: false, message: "bwrap cannot run.", fix: "Install bubblewrap." }],
    "device.list": async () => [
      { device: "dev_a", name: "pc", class: "full", state: "admitted", self: true, online: true, lastSeen: null, forks: 0 },
      { device: "dev_b", name: "phone", class: "full", state: "frozen", self: false, online: false, lastSeen: 1_700_000_000_000, forks: 0 },
      { device: "dev_c", name: "old", class: "full", state: "revoked", self: false, online: false, lastSeen: null, forks: 0 },
      { device: "dev_d", name: "old", class: "full", state: "revoked", self: false, online: false, lastSeen: null, forks: 0 },
    ],
    "device.revoke": async ({ device: id }) => ({ device: id, state: "revoked", also: [], sponsored: [] }),
    "device.freeze": async ({ device: id }) => ({ device: id, state: "frozen" }),
    "device.unfreeze": async () => {
      throw new HomeportError("forbidden", "Only the device that froze it can lift that.");
    },
    "bridge.networks": async () => [NETWORK],
    "bridge.list": async () => [BRIDGE],
    "bridge.add": async (params) => {
      note("bridge.add", params);
      return { account: "irc_1" };
    },
    "bridge.wait": async (_, { signal }) => untilAborted(signal),
    "bridge.open": async (params) => {
      note("bridge.open", params);
      return { conversation: "con_1" };
    },
    "bridge.close": async ({ conversation }) => ({ conversation, closed: true }),
    "bridge.remove": async ({ account }) => ({ account, removed: true }),
    "bridge.start": async () => BRIDGE,
    "bridge.members": async () => [{ id: "a", name: "alice", role: "op" }],
    "bridge.commands": async () => [{ name: "whois", usage: "[nick]", help: "Who somebody is", scope: "account" }],
    "bridge.command": async (params) => {
      note("bridge.command", params);
      return { text: "name: bob\u001b[2J", rows: [{ fact: "name", value: "bob" }] };
    },
    chats: async () => [
      {
        conversation: "con_1",
        name: "#homeport",
        network: "irc",
        account: "irc_1",
        kind: "channel",
        label: "server-reads",
        ...CHAT,
        unread: 2,
        last: { id: "msg_1", ts: 1_700_000_000_000, kind: "text", from: "alice", self: false, text: "hi", label: "plaintext" },
      },
      { conversation: "con_2", name: "notes", network: "homeport", kind: "self", label: "e2ee-device", ...CHAT },
      { conversation: "con_3", name: "twin", network: "irc", kind: "direct", label: "plaintext", trust: "changed", ...CHAT },
      { conversation: "con_4", name: "twin", network: "irc", kind: "direct", label: "plaintext", ...CHAT },
    ],
    send: async (params) => {
      note("send", params);
      return { id: `msg_${params.text.length > 20 ? "long" : params.text}`.replaceAll(/[^\x21-\x7e]/g, "_"), state: "queued" };
    },
    "message.wait": async ({ id }, { signal }) => {
      if (id === "msg_fails") return { id, state: "failed", code: "insecure", reason: "The connection is not encrypted any more." };
      if (id === "msg_doubt") return { id, state: "in-doubt", reason: "The connection broke." };
      if (id === "msg_slow") return untilAborted(signal);
      return { id, state: "sent" };
    },
    "outbox.list": async () => [
      { id: "msg_1", conversation: "con_1", state: "in-doubt", reason: "The connection broke.", since: 1_700_000_000_000 },
    ],
    "outbox.resend": async ({ id }) => ({ id, state: "queued" }),
    "outbox.settle": async ({ id }) => ({ id, state: "sent" }),
    read: async ({ conversation, limit, before }) => {
      if (conversation === "con_empty") return { messages: [], more: false, newer: false, place: null };
      const end = before === undefined ? hundred.length : hundred.findIndex(({ id }) => id === before);
      const start = Math.max(0, end - limit);
      return { messages: hundred.slice(start, end), more: start > 0, newer: false, place: null };
    },
    mark: async (params) => {
      note("mark", params);
      return params;
    },
  });
});

afterAll(async () => {
  await device.close();
  await rm(folder, { recursive: true });
});

describe("with --json, stdout holds one JSON value and nothing else", () => {
  test.each<[string, unknown]>([
    ["status", expect.objectContaining({ uptime: 3725.5, storage: { bytes: 2_000_000, entries: 12 } })],
    [
      "device list",
      expect.arrayContaining([
        expect.objectContaining({ device: "dev_b", state: "frozen", self: false, online: false, lastSeen: 1_700_000_000_000 }),
      ]),
    ],
    ["device revoke dev_b", { device: "dev_b", state: "revoked", also: [], sponsored: [] }],
    ["device freeze phone", { device: "dev_b", state: "frozen" }],
    ["bridge networks", [NETWORK]],
    ["bridge list", [BRIDGE]],
    ["bridge open irc_1 #homeport --wait", { conversation: "con_1" }],
    ["bridge close con_1", { conversation: "con_1", closed: true }],
    ["bridge close #homeport", { conversation: "con_1", closed: true }],
    ["bridge remove me@irc.example.org", { account: "irc_1", removed: true }],
    ["bridge start irc_1", BRIDGE],
    ["bridge members con_1", [{ id: "a", name: "alice", role: "op" }]],
    ["bridge commands irc_1", [{ name: "whois", usage: "[nick]", help: "Who somebody is", scope: "account" }]],
    ["bridge command irc_1 whois bob --in con_1", { text: "name: bob\u001b[2J", rows: [{ fact: "name", value: "bob" }] }],
    ["chats", expect.arrayContaining([expect.objectContaining({ conversation: "con_1", label: "server-reads", unread: 2 })])],
    ["send con_1 hello", { id: "msg_hello", state: "queued" }],
    ["send con_1 hello --wait", { id: "msg_hello", state: "sent" }],
    ["outbox", [expect.objectContaining({ id: "msg_1", state: "in-doubt", reason: "The connection broke.", since: 1_700_000_000_000 })]],
    ["outbox list", [expect.objectContaining({ id: "msg_1" })]],
    ["outbox resend msg_1", { id: "msg_1", state: "queued" }],
    ["outbox settle msg_1", { id: "msg_1", state: "sent" }],
    ["doctor", expect.arrayContaining([{ check: "isolation", ok: false, message: "bwrap cannot run.", fix: "Install bubblewrap." }])],
  ])("%s", async (command, expected) => {
    const ended = await run([...command.split(" "), "--json"]);
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    expect(json(ended)).toEqual(expected);
    expect(ended.stdout.trimEnd()).not.toContain("\n");
  });
});

describe("readable text says the same", () => {
  test.each([
    ["status", [/running for +1 h 2 min/, /1\.9 MiB, 12 entries/, /irc_1 .*online/, /<o> The server can read this/]],
    [
      "chats",
      [
        /con_1 +#homeport +irc +<o> The server can read this +2 new .*<alice> hi/,
        /con_2 .*\[=\] Only between your devices/,
        /!! Not encrypted \(Key has changed\)/,
      ],
    ],
    ["device list", [/dev_a +pc +admitted +this device/, /dev_b +phone +frozen +last seen 20/]],
    ["bridge list", [/TLSv1\.3, to irc\.example\.org, verified/]],
    ["bridge networks", [/host +required +Name of the server/, /password +optional, secret/]],
    ["outbox", [/msg_1 +in-doubt since/, /homeport outbox settle/]],
    ["doctor", [/BAD +isolation: bwrap cannot run\.\n +Install bubblewrap\./]],
    ["read con_1 --limit 1", [/^20\d\d-\d\d-\d\d \d\d:\d\d +<o> The server can read this +<alice> line 1200$/m]],
    ["send con_1 hello", [/^msg_hello +queued$/m]],
  ])("%s", async (command, patterns) => {
    const { code, stdout } = await run(command.split(" "));
    expect(code).toBe(0);
    for (const pattern of patterns) expect(stdout).toMatch(pattern);
    expect(stdout).not.toContain("\u001b");
  });
});

describe("send", () => {
  test.each<[string[], string]>([
    [["5.0"], "5.0"],
    [["-5"], "-5"],
    [["--", "-x --json"], "-x --json"],
    [["--", "--"], "--"],
    [["--", "-"], "piped"],
    [["-"], "piped"],
    [["\"quoted\" 'text'"], "\"quoted\" 'text'"],
    [["  spaces  "], "  spaces  "],
    [["a=b"], "a=b"],
    [["true"], "true"],
    [["line\nbreak ☃ 𝄞"], "line\nbreak ☃ 𝄞"],
  ])("%j arrives as it was given", async (args, text) => {
    const ended = await run(["send", "con_1", ...args], { input: "piped\n" });
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    expect(seen("send").at(-1)).toEqual({ conversation: "con_1", text, style: "text" });
  });

  test("options arrive, and the conversation may be named", async () => {
    await run(["send", "#homeport", "waves", "--style", "action", "--min-label", "server-reads", "--reply-to", "msg_7"]);
    expect(seen("send").at(-1)).toEqual({
      conversation: "con_1",
      text: "waves",
      style: "action",
      minLabel: "server-reads",
      replyTo: "msg_7",
    });
  });

  test("a name that two conversations have is refused", async () => {
    const ended = await run(["send", "twin", "hi", "--json"]);
    expect([ended.code, failure(ended).code]).toEqual([1, "ambiguous"]);
  });

  test("--wait: failed and in doubt exit 1 with the reason, and the id is on stdout all the same", async () => {
    const failed = await run(["send", "con_1", "fails", "--wait", "--json"]);
    expect([failed.code, json(failed), failure(failed)]).toEqual([
      1,
      { id: "msg_fails", state: "failed" },
      { code: "insecure", message: "The connection is not encrypted any more." },
    ]);
    const doubt = await run(["send", "con_1", "doubt", "--wait", "--json"]);
    expect([doubt.code, json(doubt), failure(doubt).code]).toEqual([1, { id: "msg_doubt", state: "in-doubt" }, "in-doubt"]);
  });

  test("--timeout exits 4, and the id is on stdout, so that nobody sends it twice", async () => {
    const ended = await run(["send", "con_1", "slow", "--wait", "--timeout", "0.5", "--json"]);
    expect([ended.code, json(ended), failure(ended).code]).toEqual([4, { id: "msg_slow", state: "queued" }, "timed-out"]);
  });

  test("stdin that is empty, too large or not UTF-8 is refused, and nothing is sent", async () => {
    const before = seen("send").length;
    expect((await run(["send", "con_1", "-"], { input: "\n" })).code).toBe(2);
    expect((await run(["send", "con_1", "-"], { input: Buffer.from([0xff, 0xfe]) })).code).toBe(2);
    expect(failure(await run(["send", "con_1", "-", "--json"], { input: "x".repeat(300_000) })).code).toBe("too-large");
    expect(failure(await run(["send", "con_1", "-", "--json"], { input: "x".repeat(70_000) })).code).toBe("invalid-params");
    expect(seen("send")).toHaveLength(before);
  });

  test("a long text arrives whole", async () => {
    const text = randomBytes(30_000).toString("hex");
    expect((await run(["send", "con_1", "-"], { input: text })).code).toBe(0);
    expect(seen("send").at(-1)).toMatchObject({ text });
  });
});

describe("bridge add", () => {
  const base = ["bridge", "add", "irc", "--set", "host=irc.example.org"];

  test("settings come from --set, from files, and secrets from files or stdin", async () => {
    const ca = join(folder, "ca.pem");
    const password = join(folder, "password");
    await writeFile(ca, "-----BEGIN-----\n");
    await writeFile(password, "hunter2\n");
    await run([...base, "nick=@@me", "--set", `ca=@${ca}`, "--secret", `password=@${password}`]);
    // A file is taken as it is; from any other value the line break that editors add is taken away.
    expect(seen("bridge.add").at(-1)).toEqual({
      network: "irc",
      settings: { host: "irc.example.org", nick: "@me", ca: "-----BEGIN-----\n", password: "hunter2" },
    });
    await run([...base, "--set", "nick=me", "--secret", "password=@-"], { input: "from stdin" });
    expect(seen("bridge.add").at(-1)).toMatchObject({ settings: { password: "from stdin" } });
  });

  test.each<[string[], RegExp]>([
    [["--set", "nick=me", "--set", "password=hunter2"], /password is secret.*--secret password=@FILE/],
    [["--set", "nick=me", "--set", "socks=me:hunter2@127.0.0.1:9050"], /socks is secret.*--secret socks=@FILE/],
    [["--set", "nick=me", "--set", "colour=red"], /no field colour; its fields are host, port, nick/],
    [[], /needs nick \(Your nickname\): give it by --set nick=…/],
    [["--set", "nick=me", "--secret", "password"], /without a terminal/],
  ])("%j is refused", async (args, sentence) => {
    const before = seen("bridge.add").length;
    const ended = await run([...base, ...args]);
    expect([ended.code, ended.stdout]).toEqual([2, ""]);
    expect(ended.stderr).toMatch(sentence);
    expect(ended.stderr).not.toContain("hunter2");
    expect(seen("bridge.add")).toHaveLength(before);
  });

  test("a secret field that carries no password may be set as it is", async () => {
    expect((await run([...base, "--set", "nick=me", "--set", "socks=127.0.0.1:9050"])).code).toBe(0);
    expect(seen("bridge.add").at(-1)).toMatchObject({ settings: { socks: "127.0.0.1:9050" } });
  });

  test("an unknown network, and a file that is not there", async () => {
    expect(failure(await run(["bridge", "add", "icq", "--json"])).code).toBe("not-found");
    expect(failure(await run([...base, "--secret", "password=@/nonexistent", "--json"])).code).toBe("not-found");
  });

  test("--wait times out with 4, and the account is on stdout: it is there", async () => {
    const ended = await run([...base, "--set", "nick=me", "--wait", "--timeout", "0.7", "--json"]);
    expect([ended.code, json(ended), failure(ended).code]).toEqual([4, { account: "irc_1" }, "timed-out"]);
  });
});

describe("read", () => {
  const lines = (stdout: string) =>
    stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { id: string }).id);

  test("prints one JSON object a line, oldest first, 50 by default", async () => {
    const { stdout } = await run(["read", "con_1", "--json"]);
    expect(lines(stdout)).toEqual(Array.from({ length: 50 }, (_, n) => `msg_${n + 1151}`));
  });

  test("--limit and --before reach back over pages", async () => {
    expect(lines((await run(["read", "con_1", "--limit", "1100", "--before", "msg_1150", "--json"])).stdout)).toEqual(
      Array.from({ length: 1100 }, (_, n) => `msg_${n + 50}`),
    );
    expect(lines((await run(["read", "con_1", "--limit", "5000", "--json"])).stdout)).toHaveLength(1200);
  });

  test("--mark marks what was printed, and an empty conversation has nothing to mark", async () => {
    await run(["read", "con_1", "--limit", "2", "--mark"]);
    expect(seen("mark")).toEqual([{ conversation: "con_1", upTo: "msg_1200" }]);
    const empty = await run(["read", "con_empty", "--mark", "--json"]);
    expect([empty.code, empty.stdout]).toEqual([0, ""]);
    expect(seen("mark")).toHaveLength(1);
  });
});

test("the daemon's refusal is one object on stderr, exit 1", async () => {
  const ended = await run(["device", "unfreeze", "phone", "--json"]);
  expect([ended.code, ended.stdout, failure(ended)]).toEqual([
    1,
    "",
    { code: "forbidden", message: "Only the device that froze it can lift that." },
  ]);
  expect((await run(["device", "unfreeze", "phone"])).stderr).toBe("Only the device that froze it can lift that.\n");
});

test("devices that share a name are told apart by their ids", async () => {
  expect(failure(await run(["device", "revoke", "old", "--json"])).code).toBe("ambiguous");
  expect((await run(["device", "revoke", "dev_c"])).code).toBe(0);
});
