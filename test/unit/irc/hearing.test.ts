import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { InProcess } from "../../servers/plugin-under-test.ts";
import { type LineConnection, type LineServer, lineServer } from "./line-server.ts";
import { inProcess, say } from "./rig.ts";

let server: LineServer;
let plugin: InProcess;
let connection: LineConnection;

beforeEach(async () => {
  server = await lineServer();
  plugin = inProcess(server.port);
  await plugin.start();
  connection = await (await server.accept()).greet({ caps: ["batch", "server-time", "message-tags"] });
  const opened = plugin.open("#a");
  await connection.admit("#a");
  await opened;
});

afterEach(async () => {
  await plugin[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

describe("nothing lost, nothing twice", () => {
  test("a commit whose answer was lost is repeated and changes nothing", async () => {
    let failures = 2;
    plugin.host.fault = async (_batch, commit) => {
      const answer = commit();
      if (failures-- > 0) throw new Error("the answer was lost");
      return answer;
    };
    connection.send(":bob!b@h PRIVMSG #a :one", ":bob!b@h PRIVMSG #a :two");
    connection.send(":bob!b@h PRIVMSG #a :three");
    await plugin.host.message("three");
    await plugin.host.until("it is repeated", () => plugin.host.duplicates >= 2);
    expect(plugin.host.texts("#a")).toEqual(["one", "two", "three"]);
  });

  test("a host that cannot store is told of, and everything comes once it can", async () => {
    plugin.host.fault = () => Promise.reject(new Error("disk full"));
    for (let n = 0; n < 50; n++) connection.send(`:bob!b@h PRIVMSG #a :m${n}`);
    expect(await plugin.host.inState("degraded")).toMatchObject({
      error: { code: "internal", message: expect.stringContaining("stored") },
    });
    plugin.host.fault = (_batch, commit) => Promise.resolve(commit());
    await plugin.host.message("m49");
    expect(plugin.host.texts("#a")).toEqual(Array.from({ length: 50 }, (_, n) => `m${n}`));
    expect(await plugin.host.inState("online")).not.toHaveProperty("error");
  });

  test("while the host takes nothing, the server's lines wait at the server", { timeout: 60_000 }, async () => {
    const open = Promise.withResolvers<void>();
    plugin.host.fault = async (_batch, commit) => {
      await open.promise;
      return commit();
    };
    const text = "x".repeat(400);
    const count = 30_000;
    for (let n = 0; n < count; n++) connection.send(`:bob!b@h PRIVMSG #a :${n} ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(connection.socket.writableLength).toBeGreaterThan(1024 * 1024);
    open.resolve();
    await plugin.host.message(`${count - 1} ${text}`, 40_000);
    expect(plugin.host.texts("#a").map((line) => Number(line.split(" ")[0]))).toEqual(Array.from({ length: count }, (_, n) => n));
    expect(Math.max(...plugin.host.batches.map(({ events }) => events.length))).toBeLessThanOrEqual(500);
  });
});

describe("history that the server plays by itself", () => {
  const played = (id: string, time: string, text: string) => `@batch=1;msgid=${id};time=${time} :bob!b@h PRIVMSG #a :${text}`;

  test("has its own label, is known by its ids, and is news only as far as it was missed", async () => {
    connection.send("@msgid=m1;time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #a :live");
    await plugin.host.message("live");
    connection.socket.destroy();
    const second = await (await server.accept()).greet({ caps: ["batch", "server-time", "message-tags"] });
    await second.admit("#a");
    const missed = new Date(Date.now() + 1000).toISOString();
    second.send(
      ":s BATCH +1 chathistory #a",
      played("m0", "2025-12-31T00:00:00.000Z", "before"),
      played("m1", "2026-01-01T00:00:00.000Z", "live"),
      played("m2", missed, "missed"),
      ":s BATCH -1",
      ":bob!b@h PRIVMSG #a :now",
    );
    await plugin.host.message("now");
    expect(plugin.host.texts("#a")).toEqual(["live", "before", "missed", "now"]);
    expect((await plugin.host.message("missed")).sec.source).toBe("history");
    const sources = plugin.host.batches.map(({ source, events }) => [
      source,
      ...events.flatMap((event) => (event.kind === "message" ? [event.body.text] : [])),
    ]);
    expect(sources).toContainEqual(["backfill", "before", "live"]);
    expect(sources).toContainEqual(["catchup", "missed"]);
  });

  test("batches within batches lose nothing, and a batch that is never closed holds nothing back", async () => {
    connection.send(
      ":s BATCH +out netjoin a b",
      "@batch=out :s BATCH +in chathistory #a",
      "@batch=in :bob!b@h PRIVMSG #a :inside",
      "@batch=out :bob!b@h PRIVMSG #a :outside",
      ":s BATCH -in",
      "@batch=unknown :bob!b@h PRIVMSG #a :of no batch",
    );
    await plugin.host.message("of no batch");
    expect(plugin.host.texts("#a").sort()).toEqual(["inside", "of no batch", "outside"]);
  });
});

describe("a server that means ill", () => {
  const still = async () => {
    connection.send(":bob!b@h PRIVMSG #a :still here");
    await plugin.host.message("still here");
  };

  test("lines that are too long are dropped with a warning", async () => {
    connection.send(`:bob!b@h PRIVMSG #a :${"x".repeat(20_000)}`, `@${"t".repeat(100_000)} :bob!b@h PRIVMSG #a :tags`);
    await still();
    expect(plugin.host.texts("#a")).toEqual(["still here"]);
    expect(plugin.host.lines.filter((line) => line.includes("too long"))).toHaveLength(2);
  });

  test("lines that make no sense stop nothing and do not flood the log", async () => {
    for (let n = 0; n < 200; n++)
      connection.send("CAP", ":s CAP", ":s 900", "AUTHENTICATE", ":", "@", "@a", ": ", ":s 005", ":s BATCH", ":s 001", "\x00\x01\x02");
    await still();
    expect(plugin.host.lines.length).toBeLessThan(40);
  });

  test("text that turns, hides, controls or is no text stays in its message", async () => {
    connection.socket.write(
      Buffer.concat([Buffer.from(":bob!b@h PRIVMSG #a :"), Buffer.from([0xff, 0xfe, 0x00, 0x1b, 0x5b, 0x32, 0x4a]), Buffer.from("\r\n")]),
    );
    connection.send(
      ":bob!b@h PRIVMSG #a :\u202egnirts",
      `:${"\u200b"}alice!x@y PRIVMSG #a :I am alice`,
      ":bob!b@h TOPIC #a :\x1b]0;title\x07",
    );
    await still();
    const messages = plugin.host.of("message");
    expect(messages.map(({ body }) => body.text)).toEqual(["ÿþ��[2J", "\u202egnirts", "I am alice", "still here"]);
    expect(messages[2]?.from).not.toMatch(/^(alice|self)$/);
    expect(plugin.host.of("topic")[0]?.topic).not.toMatch(/[\x00-\x1f]/);
  });

  test("5,000 nicks come as a list in small parts; a netsplit takes them away again", async () => {
    const nicks = Array.from({ length: 5_000 }, (_, n) => `nick${n}`);
    for (let at = 0; at < nicks.length; at += 20) connection.send(`:s 353 alice = #a :${nicks.slice(at, at + 20).join(" ")}`);
    connection.send(":s 366 alice #a :End");
    await plugin.host.until("the list", () => plugin.host.of("members").reduce((sum, { set }) => sum + set.length, 0) >= 5_000);
    connection.send(":s BATCH +split netsplit a b");
    for (const nick of nicks) connection.send(`@batch=split :${nick}!u@h QUIT :a b`);
    await still();
    expect(plugin.host.of("membership").filter(({ change }) => change === "quit")).toHaveLength(5_000);
  });

  test("thousands of strangers, channels that nobody opened and unasked numerics cost little", async () => {
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 20_000; n++) {
      connection.send(`:s 311 alice n${n} u h * :real`, `:s 372 alice :motd ${n}`, `:bob!b@h PRIVMSG #other${n} :x`, `:s BATCH +b${n} x`);
    }
    await still();
    expect(plugin.host.of("message")).toHaveLength(1);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
  });

  test("one that sends PING without reading is cut off", async () => {
    connection.socket.pause();
    const pings = `PING :${"x".repeat(400)}\r\n`.repeat(1000);
    for (let n = 0; n < 200 && !connection.socket.destroyed; n++) {
      connection.socket.write(pings);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const again = await server.accept(10_000);
    await again.greet();
    await plugin.host.inState("online");
  });
});

describe("clock", () => {
  test("a time that makes no sense is replaced by ours, one that does is kept", async () => {
    connection.send("@time=9999-99-99 :bob!b@h PRIVMSG #a :nonsense", "@time=2001-01-01T00:00:00.000Z :bob!b@h PRIVMSG #a :old");
    expect(Math.abs((await plugin.host.message("nonsense")).ts - Date.now())).toBeLessThan(5_000);
    expect((await plugin.host.message("old")).ts).toBe(Date.UTC(2001, 0, 1));
  });
});

test("what is heard and what is sent do not disturb each other", async () => {
  const commands = Array.from({ length: 50 }, (_, n) => say("#a", `out${n}`));
  const results = commands.map((command) => plugin.execute(command));
  for (const { txn, body } of commands) {
    await connection.next(new RegExp(`PING ${txn}`));
    connection.send(`:bob!b@h PRIVMSG #a :re ${body.text}`, `:s PONG s :${txn}`);
  }
  expect((await Promise.all(results)).every(({ state }) => state === "acked")).toBe(true);
  await plugin.host.message("re out49");
  expect(plugin.host.texts("#a")).toEqual(commands.map(({ body }) => `re ${body.text}`));
});
