import { writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { BridgeRow } from "../../src/api/bridges.ts";
import { type Homeport, refusalOf, type World, world } from "../harness/homeport.ts";
import { atheme } from "../servers/atheme.ts";
import { inspircd } from "../servers/inspircd.ts";
import { ircPeer } from "../servers/irc-peer.ts";
import { ngircd } from "../servers/ngircd.ts";
import { freePorts } from "../servers/ports.ts";
import { requireServer } from "../servers/require-server.ts";
import { socks5 } from "../servers/socks5.ts";
import { addArguments, addIrc, bridgeRow, inTheClear, open, overTls, refusedLogin, untilBridge } from "./irc.ts";

const irc = await requireServer("irc", "bwrap");
const services = await requireServer("irc", "atheme", "bwrap");

let place: World;
let home: Homeport;
beforeAll(async () => {
  place = await world();
  home = await place.machine("home");
  await home.init();
  await home.start();
});
afterAll(() => place[Symbol.asyncDispose]());
afterEach(async () => {
  for (const { account } of await home.json<BridgeRow[]>("bridge", "list")) await remove(account);
});

function secret(name: string, value: string): string {
  const path = place.path(`${name}.txt`);
  writeFileSync(path, `${value}\n`, { mode: 0o600 });
  return path;
}

const remove = (account: string) => home.json("bridge", "remove", account);

describe.skipIf(!services.ok)("SASL PLAIN", () => {
  test("logs in with the right password, and not without services; a wrong one is bad-credentials, with what to do", async () => {
    await using server = await inspircd({ sasl: true });
    await using nickserv = await atheme(server, { alice: "right-pass-42" });
    const given = { ...(await overTls(server)), nick: "alice", sasl: "alice" };

    const account = await addIrc(home, given, { password: secret("right", "right-pass-42") });
    expect(await bridgeRow(home, account)).toMatchObject({
      state: "online",
      label: "server-reads",
      link: { mechanism: expect.stringMatching(/PLAIN/i) },
    });
    await using bob = await ircPeer({ port: server.port, nick: "bob" });
    bob.raw("WHOIS alice");
    expect(await bob.waitFor(/ 330 /)).toContain("alice alice");

    const wrong = await refusedLogin(home, { ...given, nick: "mallory" }, { password: secret("wrong", "wrong-pass-43") });
    expect(wrong).toMatchObject({ exit: 1, code: expect.stringMatching(/auth|bad-credentials/) });
    const row = await bridgeRow(home, wrong.account);
    expect(row).toMatchObject({
      state: "bad-credentials",
      error: { message: expect.stringMatching(/\w/), action: expect.stringMatching(/\w/) },
    });
    expect(home.daemon.stderr + JSON.stringify(row)).not.toMatch(/(right|wrong)-pass/);

    await nickserv.stop();
    await server.restart();
    const waiting = await untilBridge(home, account, ({ state }) => state === "backoff" || state === "connecting");
    expect(waiting.link).toBeNull();
    await nickserv.start();
    expect((await untilBridge(home, account, ({ state }) => state === "online")).link).toMatchObject({
      mechanism: expect.stringMatching(/PLAIN/i),
    });
    for (const one of [account, wrong.account]) await remove(one);
  });
});

describe.skipIf(!irc.ok)("logins, certificates and ways out", () => {
  test("a server password: the right one gets in, the wrong one is bad-credentials", async () => {
    await using server = await ngircd({ password: "server-pass-9" });
    const account = await addIrc(home, { ...inTheClear(server), nick: "alice" }, { password: secret("server", "server-pass-9") });
    expect((await bridgeRow(home, account)).state).toBe("online");
    await remove(account);
    const wrong = await refusedLogin(home, { ...inTheClear(server), nick: "alice" }, { password: secret("other", "other-pass-9") });
    expect(wrong.exit).toBe(1);
    expect(await bridgeRow(home, wrong.account)).toMatchObject({
      state: "bad-credentials",
      error: { action: expect.stringMatching(/\w/) },
    });
  });

  test("a host that does not answer: the time is up with exit 4, the account says why, and gets online once it answers", async () => {
    await using server = await ngircd();
    await server.stop();
    const added = await home.run([...addArguments({ ...inTheClear(server), nick: "alice" }), "--wait", "--timeout", "5"]);
    expect(refusalOf(added, "bridge add")).toMatchObject({ exit: 4, code: "timed-out" });
    const { account } = JSON.parse(added.stdout) as { account: string };
    expect(await bridgeRow(home, account)).toMatchObject({
      state: expect.stringMatching(/backoff|connecting/),
      error: { code: "offline", message: expect.stringContaining("refused the connection") },
      link: null,
      label: null,
    });
    await server.start();
    await untilBridge(home, account, ({ state }) => state === "online");
  });

  test("a host name that nobody knows is said so", async () => {
    const added = await home.json<{ account: string }>(...addArguments({ host: "no-such-host.invalid", nick: "alice" }));
    const row = await untilBridge(home, added.account, ({ error }) => error !== undefined);
    expect(row.error).toMatchObject({ code: "offline", message: expect.stringContaining("no-such-host.invalid") });
  });

  test("a nick that is in use gets another one, and the account is online", async () => {
    await using server = await ngircd();
    await using holder = await ircPeer({ port: server.port, nick: "alice" });
    const account = await addIrc(home, { ...inTheClear(server), nick: "alice" });
    expect((await bridgeRow(home, account)).state).toBe("online");
    expect(holder.isOpen).toBe(true);
  });

  test("the node's own services are out of reach of every account", async () => {
    const port = home.listen.replace(/.*\//, "");
    const added = await home.json<{ account: string }>(...addArguments({ host: "localhost", port, tls: "no", nick: "alice" }));
    const row = await untilBridge(home, added.account, ({ error }) => error !== undefined);
    expect(row.error).toMatchObject({ code: "forbidden" });
  });

  describe("SOCKS5", () => {
    const login = { username: "me", password: "proxy-pass-1" };
    const names = { "irc.example.test": "127.0.0.1" };

    test("the proxy looks the name up, the certificate proves it, and the facts say the way", async () => {
      await using server = await inspircd();
      await using proxy = await socks5({ login, names });
      const socks = secret("socks", `${login.username}:${login.password}@127.0.0.1:${proxy.port}`);
      const account = await addIrc(home, { ...(await overTls(server)), host: "irc.example.test", nick: "alice" }, { socks });
      expect(await bridgeRow(home, account)).toMatchObject({
        label: "server-reads",
        link: { verified: true, server: "irc.example.test", via: expect.stringContaining(`socks5 127.0.0.1:${proxy.port}`) },
      });
      expect(proxy.requests).toContainEqual({ host: "irc.example.test", port: server.tlsPort });
      expect(JSON.stringify(await bridgeRow(home, account)) + home.daemon.stderr).not.toContain(login.password);
    });

    test("a proxy that is down or refuses the login: nothing goes around it", async () => {
      await using server = await ngircd();
      await using proxy = await socks5({ login });
      const [nobody = 0] = await freePorts(1);
      for (const [port, who] of [
        [nobody, login.username],
        [proxy.port, "somebody-else"],
      ] as const) {
        const socks = secret("socks", `${who}:${login.password}@127.0.0.1:${port}`);
        const added = await home.json<{ account: string }>(...addArguments({ ...inTheClear(server), nick: "alice" }, { socks }));
        const row = await untilBridge(home, added.account, ({ error }) => error !== undefined);
        expect(row.error?.message).toMatch(/proxy/i);
        expect(row.link).toBeNull();
        await remove(added.account);
      }
      expect(proxy.refusedLogins).toBeGreaterThan(0);
      expect(server.log()).not.toMatch(/User "alice/);
    });
  });

  describe("settings that do not fit", () => {
    test.each([
      ["an unknown network", ["bridge", "add", "carrier-pigeon"], "not-found"],
      ["a field that is missing", ["bridge", "add", "irc", "--set", "host=irc.example.test"], undefined],
      ["a field that does not exist", ["bridge", "add", "irc", "--set", "host=h", "nick=n", "colour=red"], undefined],
      ["a port that is none", ["bridge", "add", "irc", "--set", "host=h", "nick=n", "port=99999"], undefined],
      ["a nick with a line break", ["bridge", "add", "irc", "--set", "host=h", "nick=a\r\nQUIT"], undefined],
      ["a fingerprint that is none", ["bridge", "add", "irc", "--set", "host=h", "nick=n", "fingerprint=12:34"], undefined],
      ["a choice that is none", ["bridge", "add", "irc", "--set", "host=h", "nick=n", "tls=perhaps"], undefined],
    ] as const)("%s is refused, and no account is made", async (_, args, code) => {
      const refused = await home.refusal(...args);
      expect(refused.exit === 1 || refused.exit === 2).toBe(true);
      expect(refused.code).not.toBe("internal");
      if (code !== undefined) expect(refused.code).toBe(code);
      expect(refused.stdout).toBe("");
      expect(await home.json("bridge", "list")).toEqual([]);
    });

    test("a conversation on an account that is not online yet, and on one that is not there, is refused", async () => {
      const added = await home.json<{ account: string }>(...addArguments({ host: "127.0.0.1", port: "1", tls: "no", nick: "alice" }));
      expect((await home.refusal("bridge", "open", added.account, "#x", "--wait", "--timeout", "3")).code).toMatch(/offline|timed-out/);
      expect(await home.refusal("bridge", "open", "nope", "#x")).toMatchObject({ exit: 1, code: "not-found" });
    });

    test("a target that is no channel and no person is refused", async () => {
      await using server = await ngircd();
      const account = await addIrc(home, { ...inTheClear(server), nick: "alice" });
      const refused = await home.refusal("bridge", "open", account, "#bad channel, name", "--wait");
      expect(refused).toMatchObject({ exit: 1, code: expect.not.stringMatching("internal") });
      await open(home, account, "#good");
    });
  });
});
