import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { CliProcess, type Homeport, link, type World, world } from "../harness/homeport.ts";
import { ircPeer } from "../servers/irc-peer.ts";
import { type Ngircd, ngircd } from "../servers/ngircd.ts";
import { requireServer } from "../servers/require-server.ts";
import { addArguments, inTheClear } from "./irc.ts";

/** The public interface as docs/cli.md has it, written down a second time: a field may be added, none may go or change. */
const id = z.string().regex(/^[\x21-\x7e]+$/);
const time = z.int().positive();
const label = z.enum(["plaintext", "server-reads", "e2ee-at-bridge", "e2ee-device"]);
const state = z.enum(["received", "queued", "sent", "in-doubt", "failed", "here", "stored", "delivered", "everywhere"]);
const sentence = z.string().regex(/\w/);
const linkFacts = z.object({
  kind: z.enum(["none", "tls", "noise", "mtproto", "loopback"]),
  verified: z.boolean(),
  version: z.string().optional(),
  server: z.string().optional(),
  certificate: z.object({ sha256: z.string(), issuer: z.string() }).optional(),
  mechanism: z.string().optional(),
  via: z.string().optional(),
  measuredBy: z.enum(["host", "plugin"]),
});
const facts = z.union([
  z.object({ e2ee: z.literal("homeport"), peer: z.enum(["self", "contact"]) }),
  z.object({
    link: linkFacts,
    source: z.enum(["live", "history"]),
    restBeyondServer: z.enum(["unknown", "may-be-plaintext"]).optional(),
  }),
]);
const trust = z.enum(["unvalidated", "validated", "compromised", "verified", "first-seen", "changed"]);
const bridge = z.object({
  account: id,
  network: z.string(),
  name: z.string(),
  device: id,
  state: z.string(),
  error: z.object({ code: z.string(), message: sentence, action: z.string() }).optional(),
  isolated: z.boolean().nullable(),
  link: linkFacts.nullable(),
  label: label.nullable(),
});
const device = z.object({
  device: id,
  name: z.string().min(1),
  class: z.enum(["full", "browser"]),
  state: z.enum(["admitted", "frozen", "revoked"]),
  self: z.boolean(),
  online: z.boolean(),
  lastSeen: time.nullable(),
});
const message = z.object({
  id,
  conversation: id,
  from: z.object({ id: z.string(), name: z.string(), self: z.boolean() }),
  ts: time,
  arrived: time,
  text: z.string(),
  kind: z.enum(["text", "action", "notice", "join", "part", "quit", "kick", "nick", "mode", "invite", "topic", "gap", "other"]),
  label,
  facts,
  trust: trust.nullable(),
  state,
  reason: sentence.optional(),
  replyTo: id.optional(),
  edited: z.boolean().optional(),
  deleted: z.boolean().optional(),
});
const chat = z.object({
  conversation: id,
  name: z.string().min(1),
  network: z.string(),
  account: id.optional(),
  kind: z.enum(["channel", "group", "direct", "self"]),
  label,
  trust: trust.optional(),
  unread: z.int().nonnegative(),
  last: z.object({ id, ts: time, from: z.string(), text: z.string(), label }).nullable(),
});
const SHAPES = {
  status: z.object({
    version: z.string().regex(/^\d+\.\d+\.\d+/),
    account: id,
    device: id,
    uptime: z.number().nonnegative(),
    addresses: z.array(z.string()),
    peers: z.array(z.object({ device: id, address: z.string(), since: time })),
    bridges: z.array(bridge),
    storage: z.object({ bytes: z.int().positive(), entries: z.int().positive() }),
    locked: z.literal(false),
    vault: z.object({ vault: z.string(), protects: sentence }),
  }),
  doctor: z.array(z.object({ check: z.string(), ok: z.boolean(), message: sentence, fix: sentence.optional() })).min(1),
  networks: z
    .array(
      z.object({
        network: z.string(),
        name: z.string(),
        fields: z.array(
          z.object({
            id: z.string(),
            type: z.enum(["text", "username", "password", "host", "port", "select", "url", "file"]),
            required: z.boolean(),
            secret: z.boolean(),
            default: z.string().optional(),
            options: z.array(z.string()).optional(),
            pattern: z.string().optional(),
            help: sentence,
          }),
        ),
        delivery: z.object({ send: z.string(), echoScope: z.string().optional(), inbound: z.string(), promise: sentence }),
        ceiling: label,
      }),
    )
    .min(1),
  sent: z.object({ id, state }),
  outbox: z.array(z.object({ id, conversation: id, state, reason: sentence, since: time })),
  watch: z.discriminatedUnion("event", [
    z.object({ event: z.literal("ready"), cursor: z.string() }),
    z.object({ event: z.literal("message"), cursor: z.string(), message }),
    z.object({
      event: z.literal("state"),
      cursor: z.string(),
      id,
      state,
      reason: sentence.optional(),
      label: label.optional(),
      facts: facts.optional(),
    }),
  ]),
};

const MORE = z.object({ event: z.string().min(1), cursor: z.string() });

const irc = await requireServer("irc", "bwrap");

describe.skipIf(!irc.ok)("the command line as a public interface", () => {
  let place: World;
  let home: Homeport;
  let phone: Homeport;
  let server: Ngircd;
  let account: string;
  let conversation: string;

  beforeAll(async () => {
    place = await world();
    server = await ngircd();
    home = await place.machine("home");
    phone = await place.machine("phone");
    await home.init();
    await home.start();
    await link(home, phone);
    await phone.start();
    await phone.untilConnected(home);
  });
  afterAll(async () => {
    await place?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  /** Each value that the command prints fits, and nothing else is printed. */
  async function fits<T>(shape: z.ZodType<T>, ...args: string[]): Promise<T[]> {
    const values = await home.rows<unknown>(...args);
    return values.map((value) => {
      const parsed = shape.safeParse(value);
      if (!parsed.success) throw new Error(`${args.join(" ")}: ${z.prettifyError(parsed.error)}\n${JSON.stringify(value)}`);
      return parsed.data;
    });
  }

  test("bridge networks, add and open", async () => {
    const [networks = []] = await fits(SHAPES.networks, "bridge", "networks");
    const fields = networks.find(({ network }) => network === "irc")?.fields.map((field) => field.id);
    expect(fields).toEqual(expect.arrayContaining(["host", "port", "tls", "nick", "password", "sasl", "socks", "ca", "fingerprint"]));
    const [added] = await fits(z.object({ account: id }), ...addArguments({ ...inTheClear(server), nick: "alice" }), "--wait");
    account = added?.account ?? "";
    const [opened] = await fits(z.object({ conversation: id }), "bridge", "open", account, "#here", "--wait");
    conversation = opened?.conversation ?? "";
    await fits(z.array(bridge).length(1), "bridge", "list");
    await fits(bridge, "bridge", "start", account);
    await fits(
      z.array(z.object({ id: z.string(), name: z.string(), role: z.string().optional() })).min(1),
      "bridge",
      "members",
      conversation,
    );
  });

  test("status, doctor and device list", async () => {
    await fits(SHAPES.status, "status");
    await fits(SHAPES.doctor, "doctor");
    await fits(z.array(device).length(2), "device", "list");
    const [list = []] = await fits(z.array(device), "device", "list");
    expect(list.find((row) => row.self)).toMatchObject({ device: home.device, online: true, state: "admitted" });
  });

  test("send, read, watch, chats and outbox", async () => {
    const watching = await home.watch({ after: "c0" });
    await using bob = await ircPeer({ port: server.port, nick: "bob" });
    await bob.join("#here");
    bob.say("#here", "hello");
    bob.say("alice", "hello in private");
    await watching.until("hello", (event: { message?: { text: string } }) => event.message?.text === "hello in private");
    await fits(SHAPES.sent, "send", conversation, "text");
    await fits(SHAPES.sent, "send", conversation, "text", "--wait");
    await fits(SHAPES.sent, "send", "Note to self", "note");
    await fits(message, "read", conversation);
    await fits(message, "read", "Note to self", "--mark");
    const [chats = []] = await fits(z.array(chat), "chats");
    expect(new Set(chats.map(({ kind }) => kind))).toEqual(new Set(["channel", "direct", "self"]));
    expect(chats.filter(({ network }) => network === "homeport")).toMatchObject([{ kind: "self" }]);
    await fits(SHAPES.outbox, "outbox");
    const promised = new Set(["ready", "message", "state"]);
    const events = watching.events<{ event: string }>();
    expect([...promised].filter((name) => events.some(({ event }) => event === name))).toEqual([...promised]);
    // Others may come; each has its place in the stream.
    for (const one of events) (promised.has(one.event) ? SHAPES.watch : MORE).parse(one);
    await watching.stop();
  });

  test("device freeze, unfreeze and revoke", async () => {
    const standing = z.object({ device: id, state: z.enum(["admitted", "frozen", "revoked"]) });
    for (const word of ["freeze", "unfreeze", "revoke"]) await fits(standing, "device", word, "phone");
  });

  test("bridge close and remove", async () => {
    await fits(z.object({ conversation: id, closed: z.literal(true) }), "bridge", "close", conversation);
    await fits(z.object({ account: id, removed: z.literal(true) }), "bridge", "remove", account);
  });

  describe("exit codes", () => {
    test.each([
      ["an unknown command", ["frobnicate"]],
      ["no command", []],
      ["an unknown option", ["status", "--frobnicate"]],
      ["a missing argument", ["send", "Note to self"]],
      ["an empty text", ["send", "Note to self", ""]],
      ["an unknown label", ["send", "Note to self", "x", "--min-label", "gold"]],
      ["a time that is none", ["status", "--timeout", "soon"]],
      ["an option twice", ["read", "Note to self", "--limit", "1", "--limit", "2"]],
      ["an option without its value", ["read", "Note to self", "--limit"]],
    ])("2 for %s", async (_, args) => {
      expect(await home.refusal(...args)).toMatchObject({ exit: 2, code: "usage", message: expect.stringMatching(/\w/), stdout: "" });
    });

    test.each([
      ["a conversation", ["read", "nowhere"]],
      ["a conversation's id", ["send", "con_aaaa", "x"]],
      ["a device", ["device", "revoke", "nobody"]],
      ["an account", ["bridge", "remove", "none"]],
      ["a message", ["outbox", "resend", "msg_aaaa"]],
      ["a message to reply to", ["send", "Note to self", "x", "--reply-to", "msg_aaaa"]],
      ["a waiting device", ["device", "confirm", "123456"]],
    ])("1 and `not-found` for %s that is not there", async (_, args) => {
      expect(await home.refusal(...args)).toMatchObject({ exit: 1, code: "not-found", message: expect.stringMatching(/\w/), stdout: "" });
    });

    test("3 and `no-daemon` where none runs", async () => {
      const nobody = await place.machine("nobody");
      for (const args of [["status"], ["chats"], ["send", "x", "y"], ["watch"], ["bridge", "list"], ["device", "link"]]) {
        expect(await nobody.refusal(...args)).toMatchObject({
          exit: 3,
          code: "no-daemon",
          message: expect.stringContaining("homeport init"),
        });
      }
    });

    test("4 and `timed-out` where the time is up", async () => {
      expect(await home.refusal("device", "link", "--timeout", "0.5")).toMatchObject({ exit: 4, code: "timed-out" });
      const watching = home.stream(["watch", "--timeout", "1"]);
      expect((await watching.ended).code).toBe(4);
    });

    test("a watch ends in order when it is interrupted, and when its reader goes", async () => {
      const watching = await home.watch();
      watching.signal("SIGINT");
      expect((await watching.ended).code).toBe(0);
      const piped = `'${process.execPath}' '${place.path("bin.mjs")}' watch --after c0 --json --data '${home.data}' | head -1`;
      writeFileSync(place.path("bin.mjs"), `import ${JSON.stringify(new URL("../../bin/homeport.js", import.meta.url).href)};`);
      const { code, stdout, stderr } = await new CliProcess(["-c", piped], { env: place.env, command: ["/bin/bash"] }).ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(JSON.parse(stdout)).toMatchObject({ event: "ready" });
    });
  });

  describe("for people", () => {
    test("an error is one sentence on stderr that says what to do, and nothing on stdout", async () => {
      const { code, stdout, stderr } = await home.plainly("read", "nowhere");
      expect(code).toBe(1);
      expect(stdout).toBe("");
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(stderr).toContain("homeport chats");
    });

    test("each command explains itself", async () => {
      const commands = [[], ["init"], ["start"], ["status"], ["doctor"], ["device"], ["device", "link"], ["device", "join"], ["bridge"]];
      for (const words of [...commands, ["bridge", "add"], ["chats"], ["send"], ["outbox"], ["read"], ["watch"]]) {
        const { code, stdout } = await home.plainly(...words, "--help");
        expect(code).toBe(0);
        expect(stdout).toMatch(/--data/);
        expect(stdout).toContain(words.join(" "));
      }
    });

    test("completion for bash, zsh and fish", async () => {
      for (const shell of ["bash", "zsh", "fish"]) {
        const { code, stdout } = await home.plainly("completion", shell);
        expect(code).toBe(0);
        expect(stdout).toContain("homeport");
      }
    });
  });
});
