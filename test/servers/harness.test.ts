import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, test } from "vitest";
import { type Atheme, atheme } from "./atheme.ts";
import { certificates, type Leaf } from "./certs.ts";
import { isRoot, UNPRIVILEGED } from "./folders.ts";
import { type Inspircd, inspircd } from "./inspircd.ts";
import { type IrcPeer, ircPeer } from "./irc-peer.ts";
import { ngircd } from "./ngircd.ts";
import { takesConnections } from "./ports.ts";
import { type ServerProcess, until } from "./process.ts";
import { bwrapPath } from "./provision.ts";
import { requireServer } from "./require-server.ts";
import { socks5 } from "./socks5.ts";
import { tcpProxy } from "./tcp-proxy.ts";

const irc = await requireServer("irc");
const services = await requireServer("irc", "atheme");
const bwrap = await requireServer("bwrap");

const IRCV3 = ["account-tag", "batch", "echo-message", "labeled-response", "message-tags", "multi-prefix", "server-time"];

describe.skipIf(!irc.ok)("InspIRCd", () => {
  test("comes up unprivileged, offers IRCv3, carries a message over TLS, and goes away", async () => {
    const { ca } = await certificates();
    const server = await inspircd();
    expectUnprivileged(server);
    const { pid, folder, tlsPort } = server;
    const alice = await ircPeer({ port: tlsPort, nick: "alice", tls: { ca, servername: "irc.example.test" }, caps: IRCV3 });
    const bob = await ircPeer({ port: server.port, nick: "bob" });
    await Promise.all([alice.join("#room"), bob.join("#room")]);
    alice.raw("@label=one PRIVMSG #room :grüße");
    expect(await bob.waitFor(/PRIVMSG #room/)).toBe(":alice!alice@127.0.0.1 PRIVMSG #room :grüße");
    expect(await alice.waitFor(/PRIVMSG #room/)).toMatch(/^@(?=.*time=)(?=.*msgid=)(?=.*label=one)/);
    await Promise.all([alice.close(), bob.close()]);
    await server[Symbol.asyncDispose]();
    expect([isAlive(pid), existsSync(folder), await takesConnections(tlsPort)]).toEqual([false, false, false]);
  });

  test("can lack echo-message and labeled-response", async () => {
    await using server = await inspircd({ echo: false, labels: false });
    const offered = await capabilities(server.port);
    expect(offered).toContain("server-time");
    expect(offered.filter((cap) => ["echo-message", "labeled-response"].includes(cap))).toEqual([]);
  });

  test("asks for a server password where it has one", async () => {
    await using server = await inspircd({ password: 'p"&ss' });
    await using peer = await ircPeer({ port: server.port, nick: "alice", password: 'p"&ss' });
    expect(peer.isOpen).toBe(true);
    await expect(ircPeer({ port: server.port, nick: "mallory", password: "wrong" })).rejects.toThrow(/closed/);
  });

  test("slows a flooding client down with stock settings", async () => {
    await using server = await inspircd({ flood: "stock" });
    await using alice = await ircPeer({ port: server.port, nick: "alice" });
    await using bob = await ircPeer({ port: server.port, nick: "bob" });
    for (let n = 1; n <= 40; n++) alice.say("bob", `line ${n}`);
    await bob.waitFor(/line 1$/);
    await expect(bob.waitFor(/line 40$/, 2000)).rejects.toThrow(/no line/);
  });

  test("after kill -9 starts again on the same ports, with another certificate", async () => {
    const { server: first, renewed } = await certificates();
    await using server = await inspircd();
    expect(await fingerprint(server.tlsPort)).toBe(first.sha256);
    await server.kill();
    expect(await takesConnections(server.tlsPort)).toBe(false);
    server.useCertificate(renewed);
    await server.start();
    expect(await fingerprint(server.tlsPort)).toBe(renewed.sha256);
  });

  test("does not outlive a test process that was killed", async () => {
    const script = `import { inspircd } from "./inspircd.ts"; const s = await inspircd(); console.log(JSON.stringify([s.pid, s.folder]));`;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output] = await once(child.stdout, "data");
    const [pid, folder] = JSON.parse(String(output)) as [number, string];
    expect(isAlive(pid)).toBe(true);
    child.kill("SIGKILL");
    await until("the server is gone", () => !isAlive(pid) || undefined);
    rmSync(folder, { recursive: true });
  });
});

describe.skipIf(!irc.ok)("ngircd", () => {
  test("comes up unprivileged, talks with and without TLS, and goes away", async () => {
    const { ca } = await certificates();
    const server = await ngircd();
    expectUnprivileged(server);
    const alice = await ircPeer({ port: server.tlsPort, nick: "alice", tls: { ca, servername: "irc.example.test" } });
    const bob = await ircPeer({ port: server.port, nick: "bob" });
    await Promise.all([alice.join("#room"), bob.join("#room")]);
    bob.action("#room", "waves");
    expect(await alice.waitFor(/PRIVMSG #room/)).toContain("\u0001ACTION waves\u0001");
    await Promise.all([alice.close(), bob.close()]);
    const { pid, port } = server;
    await server[Symbol.asyncDispose]();
    expect([isAlive(pid), await takesConnections(port)]).toEqual([false, false]);
  });
});

describe.skipIf(!services.ok)("atheme", () => {
  test("serves SASL PLAIN for an account, refuses a wrong password, and may go and come back", async () => {
    await using server = await inspircd({ sasl: true });
    await using linked = await atheme(server, { alice: "right" });
    expectUnprivileged(linked);
    expect(await saslPlain(server, "alice", "right")).toMatch(/ 903 /);
    expect(await saslPlain(server, "alice", "wrong")).toMatch(/ 904 /);
    await expectSaslWithout(server, linked);
    expect(await saslPlain(server, "alice", "right")).toMatch(/ 903 /);
  });

  async function expectSaslWithout(server: Inspircd, linked: Atheme): Promise<void> {
    await linked.stop();
    expect((await capabilities(server.port)).filter((cap) => cap.startsWith("sasl"))).toEqual([]);
    await linked.start();
  }
});

describe.skipIf(!irc.ok)("certificates", () => {
  test.each([
    ["server", undefined],
    ["renewed", undefined],
    ["otherName", "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["untrusted", "UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN"],
    ["expired", "CERT_HAS_EXPIRED"],
  ] as const)("%s is judged as meant", async (name, refusal) => {
    const all = await certificates();
    await using server = await ngircd({ certificate: all[name] });
    expect(await verdict(server.tlsPort, all.ca)).toMatch(new RegExp(`^(${refusal ?? "ok"})$`));
    expect(await fingerprint(server.tlsPort)).toBe(all[name].sha256);
  });

  test("the unprivileged user can read them", async () => {
    const { caFile, server } = await certificates();
    const readable = ({ certificate, key }: Leaf) => [certificate, key, caFile].every((path) => (statSync(path).mode & 0o004) !== 0);
    expect(readable(server)).toBe(true);
  });
});

describe.skipIf(!irc.ok)("SOCKS5 proxy", () => {
  test("connects by name and counts", async () => {
    await using server = await ngircd();
    await using proxy = await socks5({ names: { "irc.example.test": "127.0.0.1" } });
    const [greeting, connected, talk = ""] = await throughSocks(proxy.port, {
      host: "irc.example.test",
      port: server.port,
      say: "CAP LS\r\n",
    });
    expect([greeting, connected?.slice(0, 4)]).toEqual(["0500", "0500"]);
    expect(Buffer.from(talk, "hex").toString()).toContain("CAP * LS :multi-prefix");
    expect(proxy.connections).toBe(1);
    expect(proxy.requests).toEqual([{ host: "irc.example.test", port: server.port }]);
  });

  test("asks for its login, and tells an unknown name from a closed port", async () => {
    await using proxy = await socks5({ login: { username: "user", password: "word" }, names: { "irc.example.test": "127.0.0.1" } });
    const known = { host: "irc.example.test", port: 1 };
    const right = { username: "user", password: "word" };
    expect(await throughSocks(proxy.port, known)).toEqual(["05ff"]);
    expect(await throughSocks(proxy.port, { ...known, login: right })).toEqual(["0502", "0100", expect.stringMatching(/^0505/)]);
    expect(await throughSocks(proxy.port, { ...known, host: "nowhere.example.test", login: right })).toEqual([
      "0502",
      "0100",
      expect.stringMatching(/^0504/),
    ]);
    expect(await throughSocks(proxy.port, { ...known, login: { ...right, password: "bad" } })).toEqual(["0502", "0101"]);
    expect([proxy.connections, proxy.refusedLogins, proxy.requests.length]).toEqual([4, 1, 2]);
  });
});

describe.skipIf(!irc.ok)("TCP proxy", () => {
  test("passes, stalls without loss, delays, cuts and refuses", async () => {
    await using server = await ngircd();
    await using proxy = await tcpProxy(server.port);
    await using bob = await ircPeer({ port: server.port, nick: "bob" });
    await using alice = await ircPeer({ port: proxy.port, nick: "alice" });
    proxy.stall(true);
    for (let n = 1; n <= 3; n++) bob.say("alice", `stalled ${n}`);
    await expect(alice.waitFor(/stalled/, 300)).rejects.toThrow(/no line/);
    proxy.stall(false);
    await alice.waitFor(/stalled 3/);
    expect(alice.matching(/stalled/).map((line) => line.slice(-1))).toEqual(["1", "2", "3"]);
    await expectDelay(proxy.delay.bind(proxy), alice, bob);
    proxy.cut();
    await until("alice is cut off", () => !alice.isOpen || undefined);
    proxy.refuse(true);
    await expect(ircPeer({ port: proxy.port, nick: "late" })).rejects.toThrow(/closed|ECONNRESET|EPIPE/);
    expect([proxy.connections, proxy.live]).toEqual([2, 0]);
  });

  test("half-open: the server sees the client gone, the client sees silence", async () => {
    await using server = await ngircd();
    await using proxy = await tcpProxy(server.port);
    await using bob = await ircPeer({ port: server.port, nick: "bob" });
    await using alice = await ircPeer({ port: proxy.port, nick: "alice" });
    await Promise.all([alice.join("#room"), bob.join("#room")]);
    proxy.halfOpen();
    await bob.waitFor(/alice\S* QUIT/);
    alice.raw("PING :anybody");
    await expect(alice.waitFor(/PONG/, 300)).rejects.toThrow(/alice \(open\) got no line/);
  });

  async function expectDelay(delay: (milliseconds: number) => void, alice: IrcPeer, bob: IrcPeer): Promise<void> {
    delay(200);
    const sent = performance.now();
    bob.say("alice", "delayed");
    await alice.waitFor(/delayed/);
    expect(performance.now() - sent).toBeGreaterThanOrEqual(190);
    delay(0);
  }
});

describe.skipIf(!bwrap.ok)("bubblewrap", () => {
  test("runs a child without a network", async () => {
    const args = ["--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--proc", "/proc", "cat", "/proc/net/route"];
    expect(
      execFileSync(await bwrapPath(), args, { encoding: "utf8" })
        .trim()
        .split("\n"),
    ).toHaveLength(1);
  });
});

function expectUnprivileged(server: ServerProcess): void {
  const uid = /^Uid:\s+(\d+)\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"));
  const expected = String(isRoot ? UNPRIVILEGED.uid : process.getuid?.());
  expect(uid?.slice(1)).toEqual([expected, expected]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function capabilities(port: number): Promise<string[]> {
  await using peer = await ircPeer({ port, nick: "asking", register: false });
  peer.raw("CAP LS 302");
  const line = await peer.waitFor(/ CAP \S+ LS :/);
  return line
    .slice(line.indexOf(" :") + 2)
    .trim()
    .split(" ");
}

async function saslPlain(server: Inspircd, account: string, password: string): Promise<string> {
  await using peer = await ircPeer({ port: server.port, nick: `${account}2`, register: false });
  peer.raw("CAP REQ :sasl");
  peer.raw(`NICK ${peer.nick}`);
  peer.raw(`USER ${account} 0 * :${account}`);
  await peer.waitFor(/ CAP \S+ ACK :sasl/);
  peer.raw("AUTHENTICATE PLAIN");
  await peer.waitFor(/^AUTHENTICATE :?\+/);
  peer.raw(`AUTHENTICATE ${Buffer.from(`\0${account}\0${password}`).toString("base64")}`);
  return await peer.waitFor(/ 90[34] /);
}

async function fingerprint(port: number): Promise<string> {
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256.replaceAll(":", "").toLowerCase();
}

async function verdict(port: number, ca: string): Promise<string> {
  const socket = connectTls({ port, host: "127.0.0.1", servername: "irc.example.test", ca });
  try {
    await once(socket, "secureConnect");
    return "ok";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "?";
  } finally {
    socket.destroy();
  }
}

interface SocksTalk {
  host: string;
  port: number;
  login?: { username: string; password: string };
  /** To the server, once connected. */
  say?: string;
}

/** All answers, in hex: of the proxy, and then of the server. */
async function throughSocks(proxy: number, { host, port, login, say }: SocksTalk): Promise<string[]> {
  const socket = connect(proxy, "127.0.0.1");
  const answers: string[] = [];
  const ended = once(socket, "close");
  const ask = async (bytes: Iterable<number>) => {
    socket.write(Buffer.from([...bytes]));
    const answer = await Promise.race([once(socket, "data"), ended.then(() => [])]);
    if (Buffer.isBuffer(answer[0])) answers.push(answer[0].toString("hex"));
  };
  const text = (value: string) => [Buffer.byteLength(value), ...Buffer.from(value)];
  await ask([5, 1, login ? 2 : 0]);
  if (login && answers.at(-1) === "0502") await ask([1, ...text(login.username), ...text(login.password)]);
  if (["0500", "0100"].includes(answers.at(-1) ?? "")) await ask([5, 1, 0, 3, ...text(host), port >> 8, port & 255]);
  if (say !== undefined) await ask(Buffer.from(say));
  socket.destroy();
  return answers;
}
