import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Timings } from "../../../src/bridges/irc/world.ts";
import type { InProcess } from "../../servers/plugin-under-test.ts";
import { type LineConnection, type LineServer, lineServer } from "./line-server.ts";
import { inProcess, say, world } from "./rig.ts";

let server: LineServer;
let plugin: InProcess;

beforeEach(async () => {
  server = await lineServer();
});

afterEach(async () => {
  await plugin[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function started(config: Record<string, string> = {}, timings: Partial<Timings> = {}): Promise<LineConnection> {
  plugin = inProcess(server.port, config, world({}, timings));
  await plugin.start();
  return server.accept();
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("registration", () => {
  test("asks for what the server has and we want, and for nothing else", async () => {
    const connection = await started({ realname: "Alice A.", username: "ali" });
    await connection.next(/^CAP LS 302$/);
    connection.send(":s CAP * LS * :batch draft/chathistory server-time", ":s CAP * LS :echo-message sts=port=6697 tls");
    expect(await connection.next(/^CAP REQ/)).toBe("CAP REQ :batch draft/chathistory server-time echo-message");
    expect(connection.lines).toContain("NICK alice");
    expect(connection.lines).toContain("USER ali 0 * :Alice A.");
    connection.send(":s CAP * ACK :batch draft/chathistory server-time echo-message");
    await connection.next(/^CAP END$/);
    connection.welcome();
    expect(await plugin.host.inState("online")).toMatchObject({ self: { id: "alice", name: "alice" } });
  });

  test("the server password is not tried for SASL as well", async () => {
    const connection = await started({ password: "server-secret" });
    connection.send(":s CAP * LS :sasl=PLAIN batch");
    expect(await connection.next(/^PASS/)).toBe("PASS server-secret");
    expect(await connection.next(/^CAP REQ/)).toBe("CAP REQ :batch");
    connection.send(":s CAP * ACK :batch");
    await connection.next(/^CAP END/);
    expect(connection.lines.join("\n")).not.toContain("AUTHENTICATE");
  });

  test("SASL PLAIN logs in, and the facts of messages say so", async () => {
    const connection = await started({ sasl: "ali", password: "pw" });
    connection.send(":s CAP * LS :sasl=EXTERNAL,PLAIN");
    await connection.next(/^CAP REQ :sasl$/);
    connection.send(":s CAP * ACK :sasl");
    await connection.next(/^AUTHENTICATE PLAIN$/);
    connection.send("AUTHENTICATE +");
    expect(await connection.next(/^AUTHENTICATE /)).toBe(`AUTHENTICATE ${Buffer.from("ali\0ali\0pw").toString("base64")}`);
    connection.send(":s 900 * * ali :logged in", ":s 903 * :success");
    await connection.next(/^CAP END/);
    connection.welcome().send(":bob!b@h PRIVMSG alice :hi");
    expect(connection.lines.join("\n")).not.toContain("PASS");
    const { sec } = await plugin.host.message("hi");
    expect(sec).toMatchObject({
      link: { kind: "none", verified: false, mechanism: "SASL PLAIN" },
      source: "live",
      restBeyondServer: "may-be-plaintext",
    });
  });

  test("a wrong password ends the attempts: bad-credentials, log in again", async () => {
    const connection = await started({ sasl: "ali", password: "hunter2secret" });
    connection.send(":s CAP * LS :sasl");
    await connection.next(/^CAP REQ/);
    connection.send(":s CAP * ACK :sasl");
    await connection.next(/^AUTHENTICATE PLAIN$/);
    connection.send("AUTHENTICATE +", ":s 904 * :SASL authentication failed");
    expect(await plugin.host.inState("bad-credentials")).toMatchObject({ error: { code: "auth", action: "relogin", sent: "no" } });
    await sleep(500);
    expect(server.untaken).toBe(0);
    expect(JSON.stringify([plugin.host.states, plugin.host.lines])).not.toContain("hunter2");
  });

  test("a server that offers no SASL does not get us without it; it is tried again", async () => {
    const first = await started({ sasl: "ali", password: "pw" });
    first.send(":s CAP * LS :batch");
    await first.next(/^CAP REQ/);
    first.send(":s CAP * ACK :batch");
    await first.gone();
    expect(await plugin.host.inState("backoff")).toMatchObject({ error: { code: "auth", message: expect.stringContaining("SASL") } });
    const second = await server.accept();
    second.send(":s 421 * CAP :Unknown command");
    second.welcome();
    await second.gone();
    expect(plugin.host.states.some(({ state }) => state === "online")).toBe(false);
  });

  test("capabilities refused as a whole are asked for one by one: only what the server does not like is lost", async () => {
    const connection = await started();
    connection.send(":s CAP * LS :batch server-time");
    await connection.next(/^CAP REQ :batch server-time$/);
    connection.send(":s CAP * NAK :batch server-time");
    await connection.next(/^CAP REQ :batch$/);
    await connection.next(/^CAP REQ :server-time$/);
    connection.send(":s CAP * ACK :batch", ":s CAP * NAK :server-time");
    await connection.next(/^CAP END/);
    connection.welcome();
    await plugin.host.inState("online");
  });

  test("a taken nick: another one, said in the state, and the wanted one again as soon as it is free", async () => {
    const connection = await started({}, { reclaim: 5_000 });
    await connection.next(/^NICK alice$/);
    connection.send(":s 433 * alice :in use");
    expect(await connection.next(/^NICK/)).toBe("NICK alice_");
    connection.send(":s CAP * LS :");
    await connection.next(/^CAP END/);
    connection.welcome({ nick: "alice_" });
    expect(await plugin.host.inState("online")).toMatchObject({
      self: { name: "alice_" },
      error: { message: expect.stringContaining("alice_") },
    });
    connection.send(":alice!x@y QUIT :bye");
    expect(await connection.next(/^NICK/)).toBe("NICK alice");
    connection.send(":s 433 alice_ alice :still in use");
    connection.send(":alice!x@y NICK other");
    await connection.next(/^NICK alice$/);
    connection.send(":alice_!a@h NICK :alice");
    expect(await plugin.host.inState("online", ({ error }) => error === undefined)).toMatchObject({ self: { name: "alice" } });
    expect(plugin.host.texts("*server")).toEqual([]);
  });

  test("and now and then without a sign", async () => {
    const connection = await started();
    await connection.next(/^NICK alice$/);
    connection.send(":s 433 * alice :in use", ":s CAP * LS :");
    await connection.next(/^CAP END/);
    connection.welcome({ nick: "alice_" });
    await connection.next(/^NICK alice$/);
    await connection.next(/^NICK alice$/);
  });

  test("a nick that the server cut is the one we have", async () => {
    const connection = await started({ nick: "alexandria" });
    await connection.greet({ nick: "alexandri", isupport: ["NICKLEN=9"] });
    expect(await plugin.host.inState("online")).not.toHaveProperty("error");
  });

  test.each([
    ["a nick that it does not take", ":s 432 * alice :Erroneous Nickname", "bad-credentials", "check-settings"],
    ["a wrong server password", ":s 464 * :Password incorrect", "bad-credentials", "relogin"],
    ["a ban", "ERROR :Closing Link: (You are banned from this server: spam)", "backoff", "open-native"],
    ["throttling", "ERROR :Your host is trying to (re)connect too fast -- throttled", "backoff", "none"],
  ] as const)("%s is told in a sentence", async (_what, line, state, action) => {
    const connection = await started();
    connection.send(line);
    connection.socket.end();
    expect(await plugin.host.inState(state)).toMatchObject({
      error: { action, message: expect.stringMatching(/^127\.0\.0\.1 .*[a-z)]\.?$/s) },
    });
  });

  test("a server that says nothing is given up, and tried again", async () => {
    const connection = await started({}, { registration: 200 });
    await connection.gone();
    expect(await plugin.host.inState("backoff")).toMatchObject({ error: { code: "offline" }, retryAt: expect.any(Number) });
    await (await server.accept()).greet();
    await plugin.host.inState("online");
  });

  test("settings that make no account: no connection, and which setting it is", async () => {
    plugin = inProcess(server.port, { nick: "#wrong" });
    await plugin.start();
    expect(plugin.host.states).toMatchObject([
      { state: "bad-credentials", error: { action: "check-settings", message: expect.stringContaining('"nick"') } },
    ]);
  });
});

describe("staying connected", () => {
  test("nobody there: tried for ever, with growing pauses", async () => {
    const { port } = server;
    await server[Symbol.asyncDispose]();
    server = await lineServer();
    plugin = inProcess(port);
    await plugin.start();
    await plugin.host.until("five attempts", () => plugin.host.states.filter(({ state }) => state === "backoff").length >= 5);
    // Also while it is being tried again, the state says why it did not work.
    for (const { error } of plugin.host.states.slice(1)) expect(error).toMatchObject({ code: "offline" });
  });

  test("a server that is silent is asked, and given up when it stays so", async () => {
    const first = await started({}, { idle: 150, pong: 150 });
    await first.greet();
    await first.next(/^PING alive-/);
    first.send(":s PONG s alive-1");
    await first.next(/^PING alive-/);
    await first.gone();
    await (await server.accept()).greet();
    await plugin.host.inState("online");
  });

  test("a server that lets an answer lie is nudged long before it counts as silent", async () => {
    const connection = await (await started({}, { nudge: 100 })).greet();
    await plugin.host.inState("online");
    const command = say("bob", "hello");
    const sent = plugin.execute(command);
    await connection.next(/^PING alive-/);
    connection.send(`:s PONG s ${command.txn}`);
    expect(await sent).toMatchObject({ state: "acked" });
    await sleep(300);
    expect(connection.lines.filter((line) => line.startsWith("PING alive-"))).toHaveLength(1);
  });

  test("goodbye while the way to the server is still being made does not wait for it", async () => {
    plugin = inProcess(server.port);
    await plugin.start();
    const ended = performance.now();
    await plugin.stop();
    expect(performance.now() - ended).toBeLessThan(1_500);
    await sleep(100);
    while (server.untaken > 0) await (await server.accept()).gone();
  });

  test("PING is answered, whatever is in it", async () => {
    const connection = await (await started()).greet();
    connection.send("PING :a b", "PING x", "PING :\rQUIT");
    expect(await connection.next(/^PONG/)).toBe("PONG :a b");
    expect(await connection.next(/^PONG/)).toBe("PONG :x");
    expect(await connection.next(/^PONG/)).toBe("PONG :\uFFFDQUIT");
  });

  test("goodbye is said, and nobody comes back after it", async () => {
    const connection = await (await started()).greet();
    await plugin.host.inState("online");
    const ended = performance.now();
    await plugin.stop();
    expect(performance.now() - ended).toBeLessThan(2_000);
    expect(connection.lines.at(-1)).toBe("QUIT :bye");
    expect(plugin.host.states.at(-1)).toMatchObject({ state: "stopped" });
    await sleep(300);
    expect(server.untaken).toBe(0);
  });

  test("goodbye to a server that does not listen takes no longer than two seconds", async () => {
    const connection = await (await started()).greet();
    connection.socket.pause();
    connection.socket.removeAllListeners("end");
    const ended = performance.now();
    await plugin.stop();
    expect(performance.now() - ended).toBeLessThan(2_000);
  });

  test("in the middle of the back-off it ends at once", async () => {
    const connection = await started({}, { reconnect: { firstMs: 60_000, maxMs: 60_000 } });
    connection.socket.destroy();
    await plugin.host.inState("backoff");
    const ended = performance.now();
    await plugin.stop();
    expect(performance.now() - ended).toBeLessThan(500);
  });
});

describe("channels", () => {
  test("open: with its key, remembered in the vault and used again", async () => {
    const first = await (await started()).greet();
    const opened = plugin.open("#Secret sesame");
    expect(await first.next(/^JOIN/)).toBe("JOIN #Secret sesame");
    first.joined("#Secret");
    expect(await opened).toMatchObject({ id: "#secret", name: "#Secret", state: "joined", caps: { kind: "channel" } });
    expect([...plugin.host.secrets.values()]).toEqual(["sesame"]);
    first.socket.destroy();
    const second = await (await server.accept()).greet();
    expect(await second.next(/^JOIN/)).toBe("JOIN #Secret sesame");
    await plugin.close("#secret");
    expect(await second.next(/^PART/)).toBe("PART #Secret");
    expect(plugin.host.secrets.size).toBe(0);
  });

  test.each([
    ["474 alice #a :banned", "forbidden", "You are banned from #a."],
    ["475 alice #a :key", "forbidden", "#a needs its key: give it behind the name."],
    ["471 alice #a :full", "forbidden", "#a is full."],
    ["473 alice #a :invite", "forbidden", "#a is open to the invited only."],
    ["403 alice #a :no", "not-found", "There is no channel called #a."],
    ["405 alice #a :many", "forbidden", "You are in too many channels to join #a."],
    ["477 alice #a :reg", "forbidden", "#a is open to registered nicks only."],
  ])("open, refused by %s", async (refusal, code, message) => {
    const connection = await (await started()).greet();
    const opened = plugin.open("#a");
    await connection.next(/^JOIN #a$/);
    connection.send(`:s ${refusal}`);
    await expect(opened).rejects.toMatchObject({ data: { code, sent: "no", message } });
    await sleep(400);
    expect(connection.lines.filter((line) => line.startsWith("JOIN"))).toHaveLength(1);
    expect(plugin.host.events).toEqual([]);
  });

  test("open waits for the connection, and says so when there is none", async () => {
    const connection = await started({}, { open: 400 });
    await expect(plugin.open("#a")).rejects.toMatchObject({ data: { code: "offline", sent: "no" } });
    const opened = plugin.open("#a");
    await connection.greet();
    await connection.admit("#a");
    expect(await opened).toMatchObject({ id: "#a" });
  });

  test.each(["", "#a,#b", "#a\u0007", "#a b c", "bob key", "0", "#", ":a", "a!b", "#a :key"])("%j opens nothing", async (target) => {
    const connection = await (await started()).greet();
    await plugin.host.inState("online");
    await expect(plugin.open(target)).rejects.toMatchObject({ data: { code: "unsupported", sent: "no" } });
    expect(connection.lines.join("\n")).not.toContain("JOIN");
  });

  test("after a reconnection all are joined again, and each says from when to when nothing was heard", async () => {
    const first = await (await started()).greet();
    for (const name of ["#a", "#b", "#c"]) {
      const opened = plugin.open(name);
      await first.admit(name);
      await opened;
    }
    expect(await plugin.open("Bob")).toMatchObject({ id: "bob", name: "Bob", caps: { kind: "direct" } });
    const lost = Date.now();
    first.socket.resetAndDestroy();
    const second = await (await server.accept()).greet({ isupport: ["TARGMAX=JOIN:2"] });
    expect(await second.next(/^JOIN/)).toBe("JOIN #a,#b");
    expect(await second.next(/^JOIN/)).toBe("JOIN #c");
    for (const name of ["#a", "#b", "#c"]) second.joined(name);
    await plugin.host.until("four gaps", () => plugin.host.of("gap").length === 4);
    const gaps = plugin.host.of("gap");
    expect(gaps.map(({ conv }) => conv).sort()).toEqual(["#a", "#b", "#c", "bob"]);
    for (const { since, ts, reason } of gaps) {
      expect(Math.abs((since ?? 0) - lost)).toBeLessThan(500);
      expect(ts).toBeGreaterThanOrEqual(since ?? 0);
      expect(reason).toMatch(/^Not connected from 20\d\d-\d\d-\d\d \d\d:\d\d to .* UTC; IRC keeps no history/);
    }
  });

  test("after a crash of the process as well, from its kept state", async () => {
    const first = await (await started()).greet();
    const opened = plugin.open("#a");
    await first.admit("#a");
    await opened;
    await plugin.host.until("how far was heard is kept", () => plugin.host.kv.has("heard:#a"));
    await plugin.kill();
    await sleep(50);
    await plugin.start();
    const second = await (await server.accept()).greet();
    await second.admit("#a");
    expect(await plugin.host.event("gap", ({ conv }) => conv === "#a")).toMatchObject({ since: expect.any(Number) });
  });

  test("put out: a line with the reason, back after a while, and the gap in between", async () => {
    const connection = await (await started()).greet();
    const opened = plugin.open("#a");
    await connection.admit("#a");
    await opened;
    connection.send(":bob!b@h KICK #a alice :behave");
    expect(await plugin.host.event("membership", ({ change }) => change === "kick")).toMatchObject({
      user: "alice",
      by: "bob",
      text: "behave",
    });
    const refused = await plugin.execute(say("#a", "hello?")).catch((error: unknown) => error);
    expect(refused).toMatchObject({ data: { code: "forbidden", sent: "no", message: "You were put out of #a." } });
    await connection.admit("#a");
    await plugin.host.event("gap", ({ conv }) => conv === "#a");
  });

  test("a ban is told once and tried again, with longer pauses, until it is lifted", async () => {
    const first = await (await started()).greet();
    const opened = plugin.open("#a");
    await first.admit("#a");
    await opened;
    first.socket.destroy();
    const second = await (await server.accept()).greet();
    for (let n = 0; n < 3; n++) {
      await second.next(/^JOIN #a/);
      second.send(":s 474 alice #a :Cannot join channel (+b)");
    }
    await second.admit("#a");
    await plugin.host.until("both gaps", () => plugin.host.of("gap").length === 2);
    expect(plugin.host.of("gap").map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^You are banned from #a\./),
      expect.stringMatching(/^Not connected from/),
    ]);
    expect(plugin.host.of("conv").map(({ patch }) => patch.state)).toEqual(["joined", "left", "joined"]);
  });

  test("a message to a channel that is being joined waits for it", async () => {
    const first = await (await started()).greet();
    const opened = plugin.open("#a");
    await first.admit("#a");
    await opened;
    first.socket.destroy();
    const second = await (await server.accept()).greet();
    await plugin.host.inState("online");
    const command = say("#a", "patient");
    const sent = plugin.execute(command);
    await second.next(/^JOIN #a/);
    await sleep(100);
    expect(second.lines.join("\n")).not.toContain("patient");
    second.joined("#a");
    await second.next(/^PRIVMSG #a :patient/);
    second.send(`:s PONG s ${command.txn}`);
    expect(await sent).toMatchObject({ state: "acked" });
  });

  test("closed while its JOIN is under way: left again, and nothing of it is heard", async () => {
    const connection = await (await started()).greet();
    const opened = plugin.open("#a").catch((error: unknown) => error);
    await connection.next(/^JOIN #a/);
    await plugin.close("#a");
    await connection.next(/^PART #a/);
    connection.joined("#a");
    connection.send(":bob!b@h PRIVMSG #a :unheard", ":bob!b@h PRIVMSG alice :heard");
    await connection.next(/^PART #a/);
    await plugin.host.message("heard");
    expect(plugin.host.texts("#a")).toEqual([]);
    expect(await opened).toBeInstanceOf(Error);
  });

  test("a channel that the server brings us into is taken", async () => {
    const connection = await (await started()).greet();
    connection.joined("#forced");
    connection.send(":bob!b@h PRIVMSG #forced :welcome");
    expect(await plugin.host.message("welcome")).toMatchObject({ conv: "#forced" });
    expect(plugin.host.of("conv")[0]).toMatchObject({ conv: "#forced", patch: { state: "joined", name: "#forced" } });
  });

  test("what fits into a line follows the name under which others see us", async () => {
    const connection = await (await started()).greet();
    const opened = plugin.open("#a");
    await connection.admit("#a");
    const before = (await opened).caps;
    connection.send(":s 396 alice a-very-much-longer-host.example.test :is now your host");
    const { patch } = await plugin.host.event("conv", ({ patch: { caps } }) => caps !== undefined && caps.rev !== before.rev);
    expect(patch.caps?.text.maxBytes).toBe(
      (before.text.maxBytes ?? 0) - ("a-very-much-longer-host.example.test".length - "host.test".length),
    );
    const parts = await plugin.split("#a", "x".repeat(1000), "text");
    expect(parts.map((part) => part.length)).toEqual([patch.caps?.text.maxBytes, patch.caps?.text.maxBytes, expect.any(Number)]);
  });
});
