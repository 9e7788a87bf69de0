import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { bridgeAccountSchema, conversationInfoSchema } from "../../../src/sync/content/bridged.ts";
import { KIND } from "../../../src/sync/content/kinds.ts";
import type { Conversation } from "../../../src/sync/core.ts";
import { deviceText } from "../../../src/sync/log/public-id.ts";
import { BridgeError } from "../../../src/bridges/kit/bridge-error.ts";
import { Rig } from "./harness/rig.ts";
import { caps, introduce, message, TLS } from "./harness/scripted-network.ts";
import { rest } from "./harness/test-clock.ts";

const SETTINGS = { host: "irc.example.org", nick: "me", password: "correct horse" };
const code = (value: string) => expect.objectContaining({ name: "HomeportError", code: value });

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.make();
});
afterEach(() => rig.dispose());

async function added(): Promise<string> {
  const { account } = rig.host.add("scripted", SETTINGS);
  await rest();
  return account;
}

const ownLog = () => rig.core.conversations().find(({ founding }) => founding.kind === "self") as Conversation;
const announced = () => rig.bodies(ownLog(), KIND.bridgeAccount).map(({ body }) => bridgeAccountSchema.parse(body));

describe("accounts", () => {
  test("the host mints the id before the first login, and tells all own devices of the account without its settings", async () => {
    const account = await added();
    expect(account).toMatch(/^b[0-9a-f]{32}$/);
    expect(announced()).toEqual([
      { bridge: account, network: "scripted", device: rig.core.self, name: "Scripted me@irc.example.org", removed: false },
    ]);
    expect(rig.host.add("scripted", SETTINGS).account).not.toBe(account);
  });

  test("rows are as the command line shows them", async () => {
    const account = await added();
    const [row] = rig.host.list();
    expect(row).toEqual({
      ...{ account, network: "scripted", name: "Scripted me@irc.example.org", device: deviceText(rig.core.self) },
      ...{ state: "online", since: rig.clock.now(), isolated: true, link: TLS },
    });
    expect(rig.live.at(-1)).toEqual([row]);
  });

  test("what the person did wrong is said, and nothing is made", () => {
    expect(() => rig.host.add("icq", SETTINGS)).toThrow(code("unknown-network"));
    expect(() => rig.host.add("scripted", { nick: "me" })).toThrow(code("missing-field"));
    expect(() => rig.host.add("scripted", { ...SETTINGS, port: "x" })).toThrow(code("bad-field"));
    expect(rig.host.list()).toEqual([]);
    expect(announced()).toEqual([]);
  });

  test("accounts start with the node, with fresh settings, cursors, state and open conversations", async () => {
    const account = await added();
    await rig.host.open(account, "#a");
    const closed = await rig.host.open(account, "#b");
    await rig.host.close(closed.row);
    await rig.network.process.ingest({ source: "live", events: [], cursor: { scope: "#a", value: "c7" }, kv: { s: new Uint8Array([9]) } });
    await rig.restart();
    expect(rig.network.process.resume).toEqual({
      ...{ config: { ...SETTINGS, port: "6697", tls: "yes" }, cursors: { "#a": "c7" }, kv: { s: new Uint8Array([9]) } },
      conversations: ["#a"],
    });
    expect(rig.host.list()).toMatchObject([{ account, state: "online" }]);
  });

  test("errors are shown with what to do; a crashing child is told as it comes back", async () => {
    await added();
    rig.network.process.say({
      state: "bad-credentials",
      error: { code: "auth", sent: "no", message: "Wrong password.", action: "relogin" },
    });
    await rest();
    expect(rig.live.at(-1)).toMatchObject([
      { state: "bad-credentials", error: { code: "auth", message: "Wrong password.", action: "relogin" }, link: null },
    ]);
    rig.network.process.die();
    await rest();
    expect(rig.host.list()).toMatchObject([{ state: "online" }]);
  });

  test("a plugin that refuses its settings is stopped until the person starts it again", async () => {
    rig.network.refusal = new BridgeError({ code: "auth", sent: "no", message: "The nick is not one.", action: "check-settings" });
    const account = await added();
    await rig.clock.advance(60 * 60_000);
    expect(rig.host.list()).toMatchObject([
      { state: "bad-credentials", error: { code: "auth", message: "The nick is not one.", action: "check-settings" } },
    ]);
    rig.network.refusal = undefined;
    rig.host.start(account);
    await rest();
    expect(rig.host.list()).toMatchObject([{ state: "online" }]);
  });

  test("a plugin that cannot connect for the time being is started again by itself", async () => {
    rig.network.refusal = new BridgeError({ code: "internal", sent: "no", message: "Confused." });
    await added();
    expect(rig.host.list()).toMatchObject([{ state: "backoff", error: { message: "Confused." } }]);
    rig.network.refusal = undefined;
    await rig.clock.advance(2_000);
    expect(rig.host.list()).toMatchObject([{ state: "online" }]);
    expect(rig.host.list()[0]?.error).toBeUndefined();
  });

  test("removing one stops its child, erases what it knew, closes its conversations, and keeps the history", async () => {
    const account = await added();
    const conversation = await rig.host.open(account, "#a");
    await rig.network.process.ingest({
      source: "live",
      events: [message("#a", "hello", { id: "1" })],
      cursor: { scope: "s", value: "v" },
      kv: { k: new Uint8Array([1]) },
    });
    await rig.network.process.services.vaultSet("token", "learned secret");
    rig.network.fates = ["maybe-lost"];
    rig.write(conversation, "out");
    await rest();
    const removing = rig.host.remove(account);
    await rig.clock.advance(2_000);
    await removing;
    expect(rig.network.process.stops).toEqual(["user"]);
    expect(rig.network.erased).toEqual([account]);
    expect(rig.host.list()).toEqual([]);
    for (const table of ["secret", "cursor", "kv", "user", "member", "message", "part"])
      expect(rig.core.sql.all(`select 1 from bridge_${table}`)).toEqual([]);
    expect(rig.lines(conversation)).toMatchObject([{ text: "hello" }]);
    const infos = rig.bodies(conversation, KIND.conversationInfo).map(({ body }) => conversationInfoSchema.parse(body));
    expect(infos.at(-1)).toMatchObject({ open: false });
    expect(announced().at(-1)).toMatchObject({ bridge: account, removed: true });
    await expect(rig.host.open(account, "#a")).rejects.toThrow(code("not-found"));
    await rig.restart();
    expect(rig.network.processes).toHaveLength(1);
  });

  test("an account whose network is gone is shown, and does not keep the others from starting", async () => {
    const account = await added();
    rig.core.transact((writer) => writer.sql.run("update bridge_account set network = 'gone'"));
    await rig.restart();
    expect(rig.host.list()).toMatchObject([{ account, state: "stopped", error: { code: "unsupported" }, link: null }]);
    await expect(rig.host.open(account, "#a")).rejects.toThrow(code("unknown-network"));
    await rig.host.remove(account);
    expect(rig.host.list()).toEqual([]);
  });
});

describe("conversations", () => {
  test("opening tells all own devices its name, kind and limits; opening it again is the same one", async () => {
    const account = await added();
    rig.network.openResult = async () => ({ id: "#home", name: "#Home", topic: "Bread", caps: caps("channel", 400), state: "joined" });
    const conversation = await rig.host.open(account, "#Home");
    expect(conversation.founding).toEqual({
      kind: "bridge",
      account: rig.person.account,
      network: "scripted",
      bridge: account,
      conv: "#home",
    });
    expect(await rig.host.open(account, "#home")).toEqual(conversation);
    expect(rig.bodies(conversation, KIND.conversationInfo).map(({ body }) => body)).toEqual([
      { name: "#Home", topic: "Bread", kind: "channel", open: true, maxBytes: 400, can: { edit: -2, reactions: -2, reply: 0 } },
    ]);
  });

  test("what the network refuses is said in its words", async () => {
    const account = await added();
    rig.network.openResult = () => Promise.reject(new BridgeError({ code: "forbidden", sent: "no", message: "You are banned there." }));
    await expect(rig.host.open(account, "#a")).rejects.toThrow(
      expect.objectContaining({ code: "forbidden", message: "You are banned there." }),
    );
    await expect(rig.host.open("b123", "#a")).rejects.toThrow(code("not-found"));
  });

  test("closing leaves it on the network, forgets who is there, and works while the account is down", async () => {
    const account = await added();
    const conversation = await rig.host.open(account, "#a");
    await rig.network.process.ingest({
      source: "live",
      events: [
        {
          kind: "members",
          conv: "#a",
          key: "m",
          ts: 0,
          sec: { link: TLS, source: "live" },
          mode: "snapshot",
          set: [{ user: "x", state: "join" }],
        },
      ],
    });
    await rig.host.close(conversation.row);
    expect(rig.network.process.closed).toEqual(["#a"]);
    expect(rig.core.sql.all("select 1 from bridge_member")).toEqual([]);
    const other = await rig.host.open(account, "#b");
    await rig.network.process.stop();
    await rig.host.close(other.row);
    await expect(rig.host.close(ownLog().row)).rejects.toThrow(code("not-found"));
  });
});

describe("what a network can do beside messages", () => {
  test("a command reaches the plugin with its conversation; what the manifest does not list, and one out of place, do not", async () => {
    const account = await added();
    expect(rig.host.commands(account).map(({ name }) => name)).toEqual(["whois", "kick"]);
    const { row } = await rig.host.open(account, "#a");
    expect(await rig.host.command(account, { name: "/Kick", args: " bob ", conversation: row })).toEqual({ text: "kick(bob) in #a" });
    expect(await rig.host.command(account, { name: "whois", args: "bob" })).toEqual({ text: "whois(bob) in nothing" });
    const asked = (name: string, args: string) => rig.host.command(account, { name, args });
    await expect(asked("quit", "")).rejects.toEqual(code("unknown-command"));
    await expect(asked("kick", "bob")).rejects.toEqual(code("missing-conversation"));
    await expect(asked("whois", "bob\r\nQUIT")).rejects.toEqual(code("invalid-params"));
  });
});

describe("the vault", () => {
  const secrets = ["correct horse", "learned secret"];

  test("what the plugin learned at run time is kept over a restart, by key, and deleted again", async () => {
    await added();
    await rig.network.process.services.vaultSet("token", "learned secret");
    expect(await rig.network.process.services.vaultGet("password")).toBeUndefined();
    await rig.restart();
    expect(await rig.network.process.services.vaultGet("token")).toBe("learned secret");
    await rig.network.process.services.vaultSet("token", undefined);
    expect(await rig.network.process.services.vaultGet("token")).toBeUndefined();
  });

  test("each secret is registered with the log's redactor, at once and after a restart", async () => {
    await added();
    await rig.network.process.services.vaultSet("token", "learned secret");
    expect(rig.redacted).toEqual(secrets);
    rig.redacted.length = 0;
    await rig.restart();
    expect(rig.redacted.sort()).toEqual(secrets);
  });

  test("no secret is in an entry, a log line, a state, an error, a reason or, unsealed, in the database files", async () => {
    const account = await added();
    const { process } = rig.network;
    await process.services.vaultSet("token", "learned secret");
    const conversation = await rig.host.open(account, "#a");
    for (const secret of secrets) {
      const leak = { code: "internal", sent: "maybe", message: `PASS ${secret}` } as const;
      process.execute = () => Promise.reject(new BridgeError(leak));
      rig.write(conversation, "x");
      await rest();
      process.execute = () => Promise.reject(new BridgeError({ ...leak, sent: "no" }));
      rig.write(conversation, "y");
      await rest();
      process.split = () => Promise.reject(new BridgeError({ ...leak, code: "too-large" }));
      rig.write(conversation, "z");
      await rest();
      process.reconcile = () => Promise.reject(new Error(`PASS ${secret}`));
      process.say({ state: "degraded", error: leak });
      process.goOnline();
      rig.network.openResult = () => Promise.reject(new BridgeError(leak));
      await expect(rig.host.open(account, "#b")).rejects.not.toThrow(secret);
      process.services.log("warn", `PASS ${secret}`, { line: `PASS ${secret}` });
      const gap = {
        kind: "gap",
        conv: "#a",
        key: secret,
        ts: 0,
        sec: { link: TLS, source: "live" },
        reason: `PASS ${secret} was refused`,
      } as const;
      const txn = rig.core.sql.get<{ txn: string }>("select txn from bridge_part")?.txn ?? "";
      await process.ingest({
        source: "live",
        events: [gap, { ...gap, kind: "sendError", key: `e${secret}`, txn, error: { ...leak, sent: "no" } }],
      });
    }
    await rest();
    const bodies = rig.core.conversations().flatMap((known) => rig.bodies(known).map(({ body }) => JSON.stringify(body)));
    expect(bodies.length).toBeGreaterThan(8);
    const files = readdirSync(rig.folder).map((name) => readFileSync(join(rig.folder, name), "latin1"));
    for (const secret of secrets) {
      for (const said of [...bodies, ...rig.logged, ...files, JSON.stringify(rig.live), JSON.stringify(rig.host.outbox())])
        expect(said).not.toContain(secret);
    }
    expect(bodies.join()).toContain("PASS ***");
  });

  test("what networks tell stands in the database only sealed: no name, text, id or cursor", async () => {
    const account = await added();
    const conversation = await rig.host.open(account, "#a");
    const { process } = rig.network;
    await process.ingest({
      source: "live",
      events: [
        introduce({ id: "conv-xyzzy", name: "name-xyzzy", caps: caps("direct"), state: "joined" }),
        message("conv-xyzzy", "text-xyzzy", { id: "id-xyzzy", key: "key-xyzzy", from: "user-xyzzy" }),
      ],
      cursor: { scope: "scope-xyzzy", value: "cursor-xyzzy" },
      kv: { "kv-xyzzy": new TextEncoder().encode("value-xyzzy") },
    });
    rig.write(conversation, "own-xyzzy");
    await rest();
    rig.core.close();
    const files = readdirSync(rig.folder).map((name) => readFileSync(join(rig.folder, name), "latin1"));
    expect(files.join()).toContain("bridge_seen");
    for (const file of files) expect(file).not.toContain("xyzzy");
    rig.crash();
  });
});

test("stopping says good-bye to every network within four seconds, and nothing is touched afterwards", async () => {
  const account = await added();
  await added();
  const conversation = await rig.host.open(account, "#a");
  rig.network.fates = ["hangs"];
  const entry = rig.write(conversation, "x");
  await rest();
  const [first] = rig.network.processes;
  let isStopped = false;
  const stopping = rig.host.stop().then(() => {
    isStopped = true;
  });
  await rig.clock.advance(3_999);
  expect(isStopped).toBe(true);
  await stopping;
  expect(rig.network.processes.map(({ stops }) => stops)).toEqual([["shutdown"], ["shutdown"]]);
  expect(rig.stateOf(entry)).toMatchObject({ state: "in-doubt" });
  expect(() => rig.host.add("scripted", SETTINGS)).toThrow(code("stopped"));
  rig.core.close();
  await expect(first?.services.ingest({ source: "live", events: [] })).rejects.toThrow("stopped");
  first?.services.state({ state: "online", since: 0 });
  await rest();
  rig.crash();
});
