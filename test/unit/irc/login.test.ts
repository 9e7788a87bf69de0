import { Buffer } from "node:buffer";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import irc from "irc-framework";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WANTED } from "../../../src/bridges/irc/capabilities.ts";
import { readConfig } from "../../../src/bridges/irc/config.ts";
import { Negotiation, type Negotiated } from "../../../src/bridges/irc/negotiation.ts";
import { Scram } from "../../../src/bridges/irc/scram.ts";
import { readSts, STS_KEY, Sts } from "../../../src/bridges/irc/sts.ts";
import type { InProcess } from "../../servers/plugin-under-test.ts";
import { type LineConnection, type LineServer, lineServer } from "./line-server.ts";
import { inProcess } from "./rig.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const fromBase64 = (text: string) => Buffer.from(text, "base64").toString();

function negotiation(fields: Record<string, string> = {}) {
  const { sasl, host } = readConfig({ host: "irc.test", nick: "alice", ...fields });
  const made = new Negotiation({ host, wanted: WANTED, sasl });
  return { made, take: (line: string): Negotiated => made.take(irc.ircLineParser(line)) };
}

describe("capability negotiation", () => {
  test("an offer over several lines is one offer; only what is wanted is asked for, in lines that fit", () => {
    const { take, made } = negotiation();
    expect(take(":s CAP * LS * :batch tls echo-message").write).toEqual([]);
    expect(take(":s CAP * LS :server-time sts=duration=1")).toEqual({ write: ["CAP REQ :batch echo-message server-time"], offered: true });
    expect(made.valueOf("sts")).toBe("duration=1");
    expect(take(":s CAP * ACK :batch echo-message server-time").write).toEqual(["CAP END"]);
    expect(made.enabled).toEqual(["batch", "echo-message", "server-time"]);
  });

  test("what the server gets later is asked for, what it loses is lost, and a login is not made again", () => {
    const { take, made } = negotiation({ sasl: "ali", password: "pw" });
    take(":s CAP * LS :sasl=PLAIN batch");
    take(":s CAP * ACK :sasl batch");
    take("AUTHENTICATE +");
    take(":s 903 alice :ok");
    expect(take(":s CAP alice NEW :echo-message sasl=PLAIN tls").write).toEqual(["CAP REQ :echo-message"]);
    expect(take(":s CAP alice ACK :echo-message").write).toEqual([]);
    expect(take(":s CAP alice DEL :batch").write).toEqual([]);
    expect(made.enabled).toEqual(["sasl", "echo-message"]);
  });

  test("answers that nobody asked for change nothing", () => {
    const { take, made } = negotiation();
    expect(take(":s CAP * ACK :unheard-of").write).toEqual([]);
    expect(take(":s CAP * NAK :batch").write).toEqual([]);
    expect(take(":s CAP").write).toEqual([]);
    expect(made.enabled).toEqual([]);
  });

  test.each([
    ["sasl=PLAIN,SCRAM-SHA-256", {}, "AUTHENTICATE SCRAM-SHA-256"],
    ["sasl=PLAIN,EXTERNAL", {}, "AUTHENTICATE PLAIN"],
    ["sasl", {}, "AUTHENTICATE PLAIN"],
    ["sasl=PLAIN,SCRAM-SHA-256", { login: "plain" }, "AUTHENTICATE PLAIN"],
    ["sasl=PLAIN", { login: "scram-sha-256" }, undefined],
    ["sasl=PLAIN,EXTERNAL", { password: "", clientcert: "PEM" }, "AUTHENTICATE EXTERNAL"],
    ["sasl=PLAIN", { password: "", clientcert: "PEM" }, undefined],
  ])("of %s with %j: %s", (offer, fields, expected) => {
    const { take } = negotiation({ sasl: "ali", password: "pw", ...fields });
    take(`:s CAP * LS :${offer}`);
    const { write, failure } = take(":s CAP * ACK :sasl");
    expect(write[0]).toBe(expected);
    expect(failure?.error.code).toBe(expected === undefined ? "auth" : undefined);
  });
});

describe("SCRAM-SHA-256", () => {
  test("as in RFC 7677, 3", () => {
    const scram = new Scram("user", "pencil", "rOprNGfwEbeRWgbNEkqO");
    expect(scram.first).toBe("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    const challenge = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    expect(scram.answer(challenge)).toBe(
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    );
    expect(scram.isVerified).toBe(false);
    scram.answer("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    expect(scram.isVerified).toBe(true);
  });

  test.each([
    ["another nonce", "r=somebodyelses,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"],
    ["our nonce only", "r=mine,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"],
    ["too few rounds", "r=mineandyours,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1"],
    ["rounds that take all day", "r=mineandyours,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=999999999"],
    ["an extension that we do not know", "m=x,r=mineandyours,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"],
    ["no salt", "r=mineandyours,i=4096"],
    ["nothing", ""],
  ])("%s is refused", (_what, challenge) => {
    expect(() => new Scram("u", "p", "mine").answer(challenge)).toThrow(/SCRAM challenge/);
  });

  test("a wrong proof of the server, and none, are refused", () => {
    for (const final of ["v=AAAA", "v=", "e=other-error", ""]) {
      const scram = new Scram("u", "p", "mine");
      scram.answer("r=mineandyours,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
      expect(() => scram.answer(final)).toThrow(/does not know the password/);
      expect(scram.isVerified).toBe(false);
    }
  });
});

describe("STS", () => {
  test("is read as far as it makes sense", () => {
    expect(readSts("port=6697,duration=2592000,preload")).toEqual({ port: 6697, duration: 2_592_000 });
    expect(readSts("port=0,duration=-1")).toEqual({ port: undefined, duration: undefined });
    expect(readSts("port=x,duration=1e9")).toEqual({ port: undefined, duration: undefined });
  });

  test("a promise holds over restarts until its time is over, for its server only, and is taken back by it", () => {
    const first = new Sts({}, "irc.test");
    const kept = first.promised("irc.test", 6697, 60, 1_000) as Record<string, Uint8Array>;
    const again = new Sts(kept, "irc.test");
    expect(again.demands(30_000)).toBe(6697);
    expect(again.demands(62_000)).toBeUndefined();
    expect(new Sts(kept, "other.test").demands(30_000)).toBeUndefined();
    expect(again.promised("irc.test", 6697, 0, 30_000)).toEqual({ [STS_KEY]: null });
    expect(again.demands(30_000)).toBeUndefined();
  });

  test("a state that was spoiled is no promise, and no crash", () => {
    for (const text of ["{", "null", '{"host":"irc.test"}', '{"host":"irc.test","port":"x","until":1,"duration":1}'])
      expect(new Sts({ [STS_KEY]: new TextEncoder().encode(text) }, "irc.test").demands(0)).toBeUndefined();
  });
});

describe("the login on a connection", () => {
  let server: LineServer;
  let plugin: InProcess;
  beforeEach(async () => {
    server = await lineServer();
  });
  afterEach(async () => {
    await plugin[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  async function offered(sasl: string, fields: Record<string, string>): Promise<LineConnection> {
    plugin = inProcess(server.port, { sasl: "ali", password: "secret", ...fields });
    await plugin.start();
    const connection = await server.accept();
    connection.send(`:s CAP * LS :sasl=${sasl}`);
    await connection.next(/^CAP REQ :sasl$/);
    connection.send(":s CAP * ACK :sasl");
    return connection;
  }

  /** The server's side of SCRAM, with this password. */
  async function scram(connection: LineConnection, password: string): Promise<void> {
    await connection.next(/^AUTHENTICATE SCRAM-SHA-256$/);
    connection.send("AUTHENTICATE +");
    const bare = fromBase64((await connection.next(/^AUTHENTICATE /)).slice(13)).slice(3);
    const challenge = `${/r=.*$/.exec(bare)?.[0] ?? ""}server,s=${base64("salt")},i=4096`;
    connection.send(`AUTHENTICATE ${base64(challenge)}`);
    const final = fromBase64((await connection.next(/^AUTHENTICATE /)).slice(13));
    const all = `${bare},${challenge},${final.replace(/,p=.*$/, "")}`;
    const salted = pbkdf2Sync(password, "salt", 4096, 32, "sha256");
    const hmac = (key: Buffer, text: string) => createHmac("sha256", key).update(text).digest();
    const proof = Buffer.from(/p=(.*)$/.exec(final)?.[1] ?? "", "base64");
    const stored = createHash("sha256").update(hmac(salted, "Client Key")).digest();
    const key = Buffer.from(proof.map((byte, at) => byte ^ (hmac(stored, all)[at] ?? 0)));
    if (password === "secret") expect(createHash("sha256").update(key).digest()).toEqual(stored);
    connection.send(`AUTHENTICATE ${base64(`v=${hmac(hmac(salted, "Server Key"), all).toString("base64")}`)}`);
  }

  test("SCRAM: the password is on no line, the server proves that it knows it, and the facts say how", async () => {
    const connection = await offered("PLAIN,SCRAM-SHA-256", {});
    await scram(connection, "secret");
    await connection.next(/^AUTHENTICATE \+$/);
    connection.send(":s 900 alice alice!a@h ali :logged in", ":s 903 alice :ok");
    await connection.next(/^CAP END$/);
    connection.welcome();
    connection.send(":bob!b@h PRIVMSG alice :hello");
    const { sec } = await plugin.host.message("hello");
    expect(sec.link.mechanism).toBe("SASL SCRAM-SHA-256");
    expect(connection.lines.join("\n")).not.toMatch(new RegExp(`secret|${base64("secret")}|${base64("\0secret").slice(2, 8)}`));
  });

  test.each([
    ["that does not know the password", true],
    ["that says it is done without a proof", false],
  ])("a server %s does not get us", async (_what, proves) => {
    const connection = await offered("SCRAM-SHA-256", {});
    if (proves) await scram(connection, "another one");
    else {
      await connection.next(/^AUTHENTICATE SCRAM/);
      connection.send(":s 903 alice :ok", ":s 001 alice :Welcome", ":s 376 alice :End");
    }
    expect(await plugin.host.inState("backoff")).toMatchObject({ error: { code: "insecure" } });
    await connection.gone();
    expect(connection.lines).not.toContain("CAP END");
  });

  test("a long PLAIN login is cut into lines of 400, the last one shorter", async () => {
    const password = "p".repeat(600);
    const connection = await offered("PLAIN", { password });
    await connection.next(/^AUTHENTICATE PLAIN$/);
    connection.send("AUTHENTICATE +");
    const parts = [
      await connection.next(/^AUTHENTICATE /),
      await connection.next(/^AUTHENTICATE /),
      await connection.next(/^AUTHENTICATE /),
    ];
    expect(parts.map((part) => part.slice(13).length)).toEqual([400, 400, base64(`ali\0ali\0${password}`).length - 800]);
    expect(fromBase64(parts.map((part) => part.slice(13)).join(""))).toBe(`ali\0ali\0${password}`);
  });
});
