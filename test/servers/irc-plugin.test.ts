import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Timings } from "../../src/bridges/irc/world.ts";
import { inProcess, ircFactory, manifest, plainAccount, say, topic, world } from "../unit/irc/rig.ts";
import { type Atheme, atheme } from "./atheme.ts";
import { certificates } from "./certs.ts";
import { type Inspircd, inspircd } from "./inspircd.ts";
import { type IrcPeer, ircPeer } from "./irc-peer.ts";
import { type Ngircd, ngircd } from "./ngircd.ts";
import { InProcess } from "./plugin-under-test.ts";
import { requireServer } from "./require-server.ts";
import { socks5 } from "./socks5.ts";
import { tcpProxy } from "./tcp-proxy.ts";

const irc = await requireServer("irc");
const services = await requireServer("irc", "atheme");

/** An account with TLS, checked for localhost. */
async function tlsAccount(port: number, config: Record<string, string> = {}, policy: object = {}) {
  const { ca } = await certificates();
  const account = plainAccount(port, { host: "localhost", tls: "yes", ...config });
  return { ...account, policy: { tls: { ca, allowUnverified: false }, ...policy } };
}

async function secure(
  port: number,
  config: Record<string, string> = {},
  policy: object = {},
  timings: Partial<Timings> = {},
): Promise<InProcess> {
  return new InProcess(await tlsAccount(port, config, policy), ircFactory(world({}, { registration: 10_000, open: 10_000, ...timings })));
}

let nicks = 0;
/** A nick that no test has had. */
const nick = (name: string) => `${name}${(nicks += 1)}`;

async function inRoom(plugin: InProcess, room: string): Promise<void> {
  await plugin.start();
  await plugin.open(room);
}

const acked = { state: "acked" } as const;

describe.skipIf(!irc.ok)("against InspIRCd", () => {
  let server: Inspircd;
  beforeAll(async () => {
    server = await inspircd();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const peer = (name: string): Promise<IrcPeer> => ircPeer({ port: server.port, nick: name });

  test("over TLS: facts of the link, ids of both sides alike, the server's time", async () => {
    await using plugin = await secure(server.tlsPort, { nick: nick("alice") });
    await using bob = await ircPeer({ port: server.port, nick: nick("bob"), caps: ["message-tags", "server-time"] });
    await inRoom(plugin, "#facts");
    await bob.join("#facts");
    const command = say("#facts", "grüße 😀", { minLabel: "server-reads" });
    const result = await plugin.execute(command);
    const line = await bob.waitFor(/PRIVMSG #facts/);
    const id = /msgid=([^;\s]+)/.exec(line)?.[1];
    expect(result).toMatchObject({
      ...acked,
      refs: [{ conv: "#facts", id }],
      sec: { restBeyondServer: "may-be-plaintext", source: "live" },
    });
    const { server: leaf } = await certificates();
    expect(result).toMatchObject({
      sec: { link: { kind: "tls", verified: true, measuredBy: "host", server: "localhost", certificate: { sha256: leaf.sha256 } } },
    });
    expect(Math.abs((result.state === "acked" ? (result.ts ?? 0) : 0) - Date.now())).toBeLessThan(10_000);
  });

  test("everything that people do: text, action, notice, topic, modes, kick, names, quit", async () => {
    await using plugin = await secure(server.tlsPort, { nick: nick("alice") });
    const bobNick = nick("bob");
    const bob = await peer(bobNick);
    await bob.join("#life");
    await inRoom(plugin, "#life");
    bob.action("#life", "waves");
    bob.notice("#life", "\x0304note");
    bob.raw("TOPIC #life :about life");
    bob.raw(`MODE #life +v ${plugin.account.config["nick"]}`);
    bob.raw("NICK robert");
    await bob.close();
    const { host } = plugin;
    await host.event("membership", ({ change }) => change === "quit");
    const said = host.of("message").filter(({ conv }) => conv === "#life");
    expect(said.map(({ style, body }) => [style, body.text])).toEqual([
      ["action", "waves"],
      ["notice", "note"],
    ]);
    expect(host.of("topic")).toMatchObject([{ conv: "#life", topic: "about life", from: bobNick }]);
    expect(host.of("membership").map(({ change }) => change)).toEqual(["mode", "nick", "quit"]);
    const roles = host.of("members").flatMap(({ set }) => set);
    expect(roles).toContainEqual({ user: bobNick, state: "join", role: "operator" });
    expect(roles).toContainEqual({ user: plugin.account.config["nick"], state: "join", role: "voice" });
    expect(await plugin.execute(topic("#own", "ours")).catch((error: unknown) => error)).toMatchObject({ data: { code: "not-found" } });
    await plugin.open("#own");
    expect(await plugin.execute(topic("#own", "ours"))).toMatchObject(acked);
    await host.event("topic", (event) => event.topic === "ours");
  });

  test("commands: whois, list, invite, modes, ban and its lifting, kick, topic, away", async () => {
    await using plugin = await secure(server.tlsPort, { nick: nick("alice") });
    const bobNick = nick("bob");
    await using bob = await peer(bobNick);
    await inRoom(plugin, "#orders");
    const run = (name: string, args = "", conv?: string) => plugin.command({ name, args, ...(conv === undefined ? {} : { conv }) });
    await run("topic", "zebras of the world", "#orders");
    expect((await run("whois", bobNick)).rows).toContainEqual({ fact: "name", value: expect.stringContaining(bobNick) });
    expect((await run("list", "ZEBRAS")).rows).toMatchObject([{ channel: "#orders", topic: "zebras of the world" }]);
    await run("mode", "+i", "#orders");
    expect((await run("mode", "", "#orders")).text).toContain("i");
    await run("invite", bobNick, "#orders");
    await bob.waitFor(/ INVITE .*#orders/);
    await bob.join("#orders");
    await run("op", bobNick, "#orders");
    await bob.waitFor(new RegExp(`MODE #orders \\+o :?${bobNick}`));
    await run("ban", `${bobNick}!*@*`, "#orders");
    expect((await run("bans", "", "#orders")).rows).toMatchObject([{ mask: `${bobNick}!*@*` }]);
    await run("unban", `${bobNick}!*@*`, "#orders");
    expect((await run("bans", "", "#orders")).rows).toEqual([]);
    await run("kick", `${bobNick} enough now`, "#orders");
    await bob.waitFor(/ KICK #orders \S+ :enough now/);
    await run("away", "at lunch");
    bob.raw(`WHOIS ${plugin.account.config["nick"]}`);
    await bob.waitFor(/ 301 .*at lunch/);
    await expect(run("whois", "nobody-at-all")).rejects.toMatchObject({ data: { code: "not-found" } });
    await expect(run("kick", "nobody-at-all", "#orders")).rejects.toMatchObject({ data: { sent: "no" } });
    expect(plugin.host.texts("*server").filter((text) => /no such nick|not on that/i.test(text))).toEqual([]);
  });

  test("refusals in words: not on the channel, nobody there, moderated, not an operator", async () => {
    await using plugin = await secure(server.tlsPort, { nick: nick("alice") });
    await using bob = await peer(nick("bob"));
    await bob.join("#strict");
    bob.raw("MODE #strict +mt");
    await inRoom(plugin, "#strict");
    const refusal = (command: Parameters<InProcess["execute"]>[0]) => plugin.execute(command).catch((error: unknown) => error);
    expect(await refusal(say("#strict", "x"))).toMatchObject({
      data: { code: "forbidden", sent: "no", message: expect.stringContaining("#strict does not take") },
    });
    expect(await refusal(say("nobody-here", "x"))).toMatchObject({ data: { code: "not-found", sent: "no" } });
    expect(await refusal(topic("#strict", "x"))).toMatchObject({
      data: { code: "forbidden", sent: "no", message: "Only operators of #strict may do this." },
    });
    bob.raw("MODE #strict -m");
    await bob.waitFor(/MODE #strict :?-m/);
    expect(await plugin.execute(say("#strict", "now"))).toMatchObject(acked);
  });

  test("kicked: back by itself; banned: told once, back when the ban is lifted", async () => {
    await using plugin = await secure(server.tlsPort, { nick: nick("alice") });
    await using bob = await peer(nick("bob"));
    await bob.join("#rough");
    await inRoom(plugin, "#rough");
    const me = plugin.account.config["nick"] ?? "";
    bob.raw(`KICK #rough ${me} :out`);
    await bob.waitFor(new RegExp(`:${me}!\\S+ JOIN :?#rough`));
    bob.raw(`MODE #rough +b ${me}!*@*`);
    bob.raw(`KICK #rough ${me} :and stay out`);
    const banned = await plugin.host.event("gap", ({ reason }) => reason.startsWith("You are banned"));
    expect(banned.conv).toBe("#rough");
    bob.raw(`MODE #rough -b ${me}!*@*`);
    await bob.waitFor(new RegExp(`:${me}!\\S+ JOIN :?#rough`));
    expect(plugin.host.of("gap").filter(({ reason }) => reason.startsWith("You are banned"))).toHaveLength(1);
  });

  test("history that the server plays on joining: what was heard is not heard again, what was missed is", async () => {
    await using plugin = await secure(server.tlsPort, { nick: nick("alice") });
    await using bob = await peer(nick("bob"));
    await bob.join("#memory");
    bob.raw("MODE #memory +H 50:1h");
    bob.say("#memory", "before we came");
    await inRoom(plugin, "#memory");
    bob.say("#memory", "live");
    await plugin.host.message("live");
    await plugin.kill();
    bob.say("#memory", "missed");
    await plugin.start();
    const missed = await plugin.host.message("missed", 15_000);
    expect(missed.sec.source).toBe("history");
    expect(plugin.host.texts("#memory")).toEqual(["before we came", "live", "missed"]);
    expect(plugin.host.duplicates).toBeGreaterThan(0);
  });

  test("the stock flood control of the server is never touched: 12 messages with the default speed", async () => {
    await using stock = await inspircd({ flood: "stock" });
    const account = await tlsAccount(stock.tlsPort, { nick: "alice" });
    delete (account.config as Record<string, string>)["flood_burst"];
    delete (account.config as Record<string, string>)["flood_interval"];
    await using plugin = new InProcess(
      account,
      ircFactory(world({}, { registration: 10_000, open: 10_000, turn: 25_000, delivery: 30_000 })),
    );
    await inRoom(plugin, "#slow");
    const results = await Promise.all(Array.from({ length: 12 }, (_, n) => plugin.execute(say("#slow", `${n} ${"x".repeat(300)}`))));
    expect(results.every(({ state }) => state === "acked")).toBe(true);
    expect(plugin.host.states.filter(({ state }) => state === "backoff")).toEqual([]);
  });

  test("a taken nick is given back when it is free", async () => {
    const wanted = nick("alice");
    const holder = await peer(wanted);
    await using plugin = await secure(server.tlsPort, { nick: wanted });
    await plugin.start();
    expect(await plugin.host.inState("online")).toMatchObject({
      self: { name: `${wanted}_` },
      error: { message: expect.stringContaining(wanted) },
    });
    await holder.close();
    await plugin.host.inState("online", ({ self, error }) => self?.name === wanted && error === undefined);
  });

  test("10,000 lines of three people: each once, each in its order", async () => {
    await using plugin = await secure(server.tlsPort, { nick: nick("alice") });
    await inRoom(plugin, "#flood");
    const peers = await Promise.all([1, 2, 3].map(() => peer(nick("bob"))));
    for (const one of peers) await one.join("#flood");
    for (let n = 0; n < 3_333; n++) for (const one of peers) one.say("#flood", `${n}`);
    await plugin.host.until("all of them", () => plugin.host.texts("#flood").length >= 9_999, 30_000);
    for (const one of peers) {
      const texts = plugin.host.of("message").filter(({ from }) => from === one.nick);
      expect(texts.map(({ body }) => Number(body.text))).toEqual(Array.from({ length: 3_333 }, (_, n) => n));
      await one.close();
    }
  });
});

describe.skipIf(!irc.ok)("against InspIRCd with fewer capabilities", () => {
  test.each([
    ["echoes without labels", { labels: false }],
    ["neither labels nor echoes", { labels: false, echo: false }],
    ["labels without echoes", { echo: false }],
  ])("%s: acknowledged all the same, and a refusal is of its own message", async (_what, options) => {
    await using server = await inspircd(options);
    await using plugin = await secure(server.tlsPort);
    await using bob = await ircPeer({ port: server.port, nick: "bob" });
    await bob.join("#a");
    await inRoom(plugin, "#a");
    const commands = [
      say("#a", "same"),
      say("#a", "same"),
      say("nobody", "x"),
      say("#a", "last", { style: "action" }),
      say("alice", "to myself"),
    ];
    const results = await Promise.all(commands.map((command) => plugin.execute(command).catch((error: unknown) => error)));
    expect(results).toMatchObject([acked, acked, { data: { code: "not-found", sent: "no" } }, acked, acked]);
    expect(plugin.host.texts("#a")).toEqual([]);
    bob.say("#a", "done");
    await plugin.host.message("done");
    expect(bob.matching(/PRIVMSG #a/)).toHaveLength(3);
  });
});

describe.skipIf(!irc.ok)("a server that promises encryption (STS)", () => {
  let server: Inspircd;
  beforeAll(async () => {
    // Its own port is known only once it has one.
    server = await inspircd();
    const config = readFileSync(`${server.folder}/inspircd.conf`, "utf8");
    server.write(
      "inspircd.conf",
      `${config}\n<module name="ircv3_sts">\n<sts host="localhost" duration="10m" port="${server.tlsPort}" preload="no">\n`,
    );
    await server.restart();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  /** In the clear, as the settings say; the encrypted port may be dialled as well. */
  async function account(policy: object = {}) {
    const base = await tlsAccount(server.port, { nick: nick("alice"), tls: "no" }, policy);
    return { ...base, manifest: { ...manifest, needs: { ...manifest.needs, net: ["{host}:{port}", `{host}:${server.tlsPort}`] } } };
  }

  test("who comes in the clear changes to the encrypted port, and stays there over restarts, with the promise kept", async () => {
    await using plugin = new InProcess(await account(), ircFactory(world({}, { registration: 10_000, open: 10_000 })));
    await inRoom(plugin, "#sts");
    expect(await plugin.execute(say("#sts", "x"))).toMatchObject({ sec: { link: { kind: "tls", verified: true } } });
    expect(plugin.host.states).toContainEqual(expect.objectContaining({ error: expect.objectContaining({ code: "insecure" }) }));
    await plugin.host.until("the promise is kept", () => plugin.host.kv.has("sts"));
    await plugin.kill();
    const before = plugin.host.states.length;
    await plugin.start();
    await plugin.host.until("online again", () => plugin.host.states.slice(before).some(({ state }) => state === "online"));
    expect(plugin.host.states.slice(before).filter(({ error }) => error?.code === "insecure")).toEqual([]);
    expect(await plugin.execute(say("#sts", "y"))).toMatchObject({ sec: { link: { kind: "tls" } } });
  });

  test("never back: with a certificate that does not verify it stays offline, whatever the settings allow", async () => {
    const lax = await account({ tls: { allowUnverified: true } });
    await using plugin = new InProcess(lax, ircFactory(world({}, { registration: 10_000 })));
    await plugin.start();
    await plugin.host.inState("backoff", ({ error }) => error?.message.includes("has promised") ?? false);
    expect(plugin.host.states.some(({ state }) => state === "online")).toBe(false);
  });
});

describe.skipIf(!services.ok)("SASL with atheme", () => {
  let server: Inspircd;
  let linked: Atheme;
  beforeAll(async () => {
    server = await inspircd({ sasl: true });
    linked = await atheme(server, { ali: "right-password" });
  });
  afterAll(async () => {
    await linked[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  test("logged in before the first line, and said so in the facts", async () => {
    await using plugin = await secure(server.tlsPort, { nick: nick("alice"), sasl: "ali", password: "right-password" });
    await inRoom(plugin, "#sasl");
    const result = await plugin.execute(say("#sasl", "hello"));
    expect(result).toMatchObject({ sec: { link: { mechanism: "SASL PLAIN" } } });
    await using bob = await ircPeer({ port: server.port, nick: nick("bob") });
    bob.raw(`WHOIS ${plugin.account.config["nick"]}`);
    expect(await bob.waitFor(/ 330 /)).toContain(" ali ");
  });

  test("a wrong password: bad-credentials, one attempt, and the password in no word", async () => {
    await using plugin = await secure(server.tlsPort, { nick: nick("alice"), sasl: "ali", password: "wrong-password" });
    await plugin.start();
    expect(await plugin.host.inState("bad-credentials")).toMatchObject({ error: { code: "auth", action: "relogin" } });
    expect(JSON.stringify([plugin.host.states, plugin.host.lines])).not.toContain("wrong-password");
    expect(plugin.host.states.filter(({ state }) => state === "connecting")).toHaveLength(1);
  });

  test("EXTERNAL: the client certificate is the login", async () => {
    const { renewed } = await certificates();
    await using owner = await ircPeer({ port: server.port, nick: nick("owner") });
    owner.raw("PRIVMSG NickServ :IDENTIFY ali right-password");
    await owner.waitFor(/ 900 | now identified/);
    owner.raw(`PRIVMSG NickServ :CERT ADD ${renewed.sha256}`);
    await owner.waitFor(/NOTICE .*fingerprint/i);
    const client = readFileSync(renewed.certificate, "utf8") + readFileSync(renewed.key, "utf8");
    const { ca } = await certificates();
    const policy = { tls: { ca, client, allowUnverified: false } };
    await using plugin = await secure(server.tlsPort, { nick: nick("alice"), sasl: "ali", login: "external", clientcert: client }, policy);
    await inRoom(plugin, "#external");
    expect(await plugin.execute(say("#external", "hello"))).toMatchObject({ sec: { link: { mechanism: "SASL EXTERNAL" } } });
    const without = await tlsAccount(server.tlsPort, { nick: nick("mallory"), sasl: "ali", login: "external", clientcert: client });
    await using refused = new InProcess(without, ircFactory(world({}, { registration: 10_000 })));
    await refused.start();
    await refused.host.inState("bad-credentials");
  });

  test("while services are away nobody is let in without login; when they are back we are", async () => {
    await linked.stop();
    const name = nick("alice");
    await using plugin = await secure(server.tlsPort, { nick: name, sasl: "ali", password: "right-password" });
    await plugin.start();
    expect(await plugin.host.inState("backoff")).toMatchObject({ error: { code: "auth", message: expect.stringContaining("SASL") } });
    await using bob = await ircPeer({ port: server.port, nick: nick("bob") });
    bob.raw(`ISON ${name}`);
    expect(await bob.waitFor(/ 303 /)).not.toContain(name);
    await linked.start();
    await plugin.host.inState("online", () => true, 30_000);
    expect(plugin.host.of("conv").filter(({ conv }) => conv.startsWith("#"))).toEqual([]);
  });
});

describe.skipIf(!irc.ok)("against ngircd", () => {
  let server: Ngircd;
  beforeAll(async () => {
    server = await ngircd();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test("the old kind of server: barrier, own time, plain facts without TLS", async () => {
    await using plugin = inProcess(server.port, { nick: nick("alice") });
    await using bob = await ircPeer({ port: server.port, nick: nick("bob") });
    await inRoom(plugin, "#old");
    await bob.join("#old");
    expect(await plugin.execute(say("#old", "hello"))).toMatchObject({ ...acked, sec: { link: { kind: "none", verified: false } } });
    expect(await plugin.execute(say("#old", "x", { minLabel: "server-reads" })).catch((error: unknown) => error)).toMatchObject({
      data: { code: "insecure", sent: "no" },
    });
    await bob.waitFor(/PRIVMSG #old :hello/);
    bob.say("#old", "answer");
    expect(await plugin.host.message("answer")).toMatchObject({ from: bob.nick });
  });

  test("lines that came in one TLS record with others are not left lying by the server for ever", async () => {
    await using plugin = await secure(
      server.tlsPort,
      { nick: nick("alice"), flood_burst: "100", flood_interval: "1" },
      {},
      { nudge: 200, delivery: 10_000 },
    );
    await inRoom(plugin, "#nudge");
    const results = await Promise.all(Array.from({ length: 50 }, (_, n) => plugin.execute(say("#nudge", `${n}`))));
    expect(results.every(({ state }) => state === "acked")).toBe(true);
  });

  test("kill -9 of the server and a restart on the same port: joined again, a gap, and what was queued is sent", async () => {
    await using own = await ngircd();
    await using plugin = inProcess(own.port);
    await inRoom(plugin, "#a");
    await own.kill();
    await plugin.host.inState("backoff", ({ error }) => error?.code === "offline");
    expect(await plugin.execute(say("#a", "early")).catch((error: unknown) => error)).toMatchObject({
      data: { code: "offline", sent: "no" },
    });
    await own.start();
    await plugin.host.inState("online");
    await using bob = await ircPeer({ port: own.port, nick: "bob" });
    await bob.join("#a");
    expect(await plugin.execute(say("#a", "again"))).toMatchObject(acked);
    await bob.waitFor(/PRIVMSG #a :again/);
    await plugin.host.event("gap", ({ conv }) => conv === "#a");
    expect(bob.matching(/early/)).toEqual([]);
  });

  test("a connection that only looks alive is noticed, by silence alone", async () => {
    await using proxy = await tcpProxy(server.port);
    await using plugin = inProcess(proxy.port, { nick: nick("alice") }, world({}, { idle: 300, pong: 300 }));
    await inRoom(plugin, "#half");
    proxy.halfOpen();
    await plugin.host.inState("backoff", ({ error }) => error?.code === "offline");
    await plugin.host.inState("online");
    await plugin.host.event("gap", ({ conv }) => conv === "#half");
  });

  test("through SOCKS5 with a login, the name looked up by the proxy; the facts say which way", async () => {
    const { ca } = await certificates();
    const login = { username: "user", password: "proxy-secret" };
    await using proxy = await socks5({ login, names: { "irc.example.test": "127.0.0.1" } });
    const policy = { tls: { ca, allowUnverified: false }, socks: { host: "127.0.0.1", port: proxy.port, ...login } };
    await using plugin = await secure(server.tlsPort, { host: "irc.example.test", nick: nick("alice") }, policy);
    await inRoom(plugin, "#tor");
    expect(proxy.requests).toEqual([{ host: "irc.example.test", port: server.tlsPort }]);
    expect(await plugin.execute(say("#tor", "x"))).toMatchObject({
      sec: { link: { via: expect.stringContaining(`127.0.0.1:${proxy.port}`), verified: true } },
    });
  });

  test.each(["untrusted", "otherName", "expired"] as const)("a certificate that is %s: not connected, and said why", async (which) => {
    const all = await certificates();
    await using bad = await ngircd({ certificate: all[which] });
    await using plugin = await secure(bad.tlsPort);
    await plugin.start();
    expect(await plugin.host.inState("backoff")).toMatchObject({ error: { code: "insecure", sent: "no", action: "check-settings" } });
    await using pinned = await secure(bad.tlsPort, {}, { tls: { fingerprint: all[which].sha256, allowUnverified: false } });
    await inRoom(pinned, "#pinned");
    expect(await pinned.execute(say("#pinned", "x", { minLabel: "server-reads" }))).toMatchObject(acked);
  });

  test("nobody at the address: a sentence and another try", async () => {
    await using plugin = inProcess(1, { host: "127.0.0.1" });
    await plugin.start();
    expect(await plugin.host.inState("backoff")).toMatchObject({ error: { code: "offline", sent: "no" }, retryAt: expect.any(Number) });
  });
});

test("the manifest declares what the plugin dials, and no more", () => {
  // The second is where servers send those who came in the clear (STS).
  expect(manifest.needs.net).toEqual(["{host}:{port}", "{host}:6697"]);
});
