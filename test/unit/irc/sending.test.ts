import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Act, Command, SendResult } from "../../../src/bridges/contract/index.ts";
import { BridgeError } from "../../../src/bridges/kit/index.ts";
import type { InProcess } from "../../servers/plugin-under-test.ts";
import { type LineConnection, type LineServer, lineServer } from "./line-server.ts";
import { inProcess, quietly, say, topic } from "./rig.ts";

const LABELS = ["batch", "echo-message", "labeled-response", "message-tags", "server-time"];

let server: LineServer;
let plugin: InProcess;
let connection: LineConnection;

beforeEach(async () => {
  server = await lineServer();
});

afterEach(async () => {
  await plugin[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** Online, in #a. */
async function online(caps: string[], config: Record<string, string> = {}, isupport: string[] = []): Promise<void> {
  plugin = inProcess(server.port, config);
  await plugin.start();
  connection = await (await server.accept()).greet({ caps, isupport });
  const opened = plugin.open("#a");
  await connection.admit("#a");
  await opened;
}

/** What became of it, as data. */
const outcome = (sending: Promise<SendResult>) =>
  sending.then(
    (result) => (result.state === "acked" ? { state: result.state, refs: result.refs, ts: result.ts } : result),
    (error: unknown) =>
      error instanceof BridgeError ? { code: error.data.code, sent: error.data.sent, message: error.data.message } : error,
  );

describe("with labels and echoes", () => {
  test("the labelled echo acknowledges, with the server's id and time", async () => {
    await online(LABELS);
    const command = say("#a", "hello");
    const sent = outcome(plugin.execute(command));
    expect(await connection.next(/PRIVMSG/)).toBe(`@label=${command.txn} PRIVMSG #a :hello`);
    connection.send(`@label=${command.txn};msgid=m1;time=2026-01-01T00:00:00.500Z :alice!alice@host.test PRIVMSG #a :hello`);
    expect(await sent).toEqual({ state: "acked", refs: [{ conv: "#a", id: "m1" }], ts: Date.UTC(2026, 0, 1, 0, 0, 0, 500) });
    expect(plugin.host.texts("#a")).toEqual([]);
  });

  test("an echo within a labelled batch, beside the note that the other is away", async () => {
    await online(LABELS);
    const command = say("bob", "hello");
    const sent = outcome(plugin.execute(command));
    await connection.next(/PRIVMSG bob/);
    connection.send(
      `@label=${command.txn} :irc.test BATCH +1 labeled-response`,
      "@batch=1 :irc.test 301 alice bob :at lunch",
      "@batch=1;msgid=m2 :alice!alice@host.test PRIVMSG bob :hello",
      ":irc.test BATCH -1",
    );
    expect(await sent).toMatchObject({ state: "acked", refs: [{ conv: "bob", id: "m2" }] });
  });

  test.each([
    ["a labelled refusal", (txn: string) => [`@label=${txn} :irc.test 404 alice #a :Cannot send to channel (+m)`], "forbidden", "no"],
    ["a standard reply", (txn: string) => [`@label=${txn} :irc.test FAIL PRIVMSG BLOCKED #a :Filtered`], "forbidden", "no"],
    ["taken and shown to nobody", (txn: string) => [`@label=${txn} :irc.test ACK`], "forbidden", "maybe"],
    [
      "answered by an empty batch",
      (txn: string) => [`@label=${txn} :irc.test BATCH +x labeled-response`, ":irc.test BATCH -x"],
      "forbidden",
      "maybe",
    ],
  ])("%s", async (_what, answer, code, sent) => {
    await online(LABELS);
    const command = say("#a", "hello");
    const result = outcome(plugin.execute(command));
    await connection.next(/PRIVMSG/);
    connection.send(...answer(command.txn));
    expect(await result).toMatchObject({ code, sent });
  });

  test("many on the way at once: each answer finds its own, in whatever order", async () => {
    await online(LABELS);
    const commands = Array.from({ length: 20 }, (_, n) => say("#a", n % 2 ? "same" : `m${n}`));
    const results = commands.map((command) => plugin.execute(command));
    for (const { txn } of commands) await connection.next(new RegExp(`label=${txn} `));
    for (const { txn, body } of commands.toReversed())
      connection.send(`@label=${txn};msgid=id-${txn} :alice!a@host.test PRIVMSG #a :${body.text}`);
    const ids = (await Promise.all(results)).map((result) => (result.state === "acked" ? result.refs[0]?.id : undefined));
    expect(ids).toEqual(commands.map(({ txn }) => `id-${txn}`));
  });

  test("what another client of ours said comes in as ours, without a transaction", async () => {
    await online(LABELS);
    connection.send("@msgid=m3 :alice!alice@elsewhere PRIVMSG #a :from my phone");
    expect(await plugin.host.message("from my phone")).toMatchObject({ from: "self", id: "m3" });
  });

  test("an acknowledgement that comes too late still comes in, for the outbox to settle its doubt", async () => {
    await online(LABELS);
    const command = say("#a", "slow");
    expect(await outcome(plugin.execute(command))).toMatchObject({ code: "offline", sent: "maybe" });
    connection.send(`@label=${command.txn};msgid=m4 :alice!a@host.test PRIVMSG #a :slow`);
    expect(await plugin.host.message("slow")).toMatchObject({ txn: command.txn, from: "self", id: "m4" });
    expect(await plugin.reconcile([command])).toMatchObject([{ txn: command.txn, found: "yes", refs: [{ id: "m4" }] }]);
  });

  test("so does a refusal", async () => {
    await online(LABELS);
    const command = say("#a", "slow");
    await outcome(plugin.execute(command));
    connection.send(`@label=${command.txn} :irc.test 404 alice #a :no`);
    expect(await plugin.host.event("sendError", ({ txn }) => txn === command.txn)).toMatchObject({
      error: { code: "forbidden", sent: "no" },
    });
  });

  test("what was acknowledged once is not sent again", async () => {
    await online(LABELS);
    const command = say("#a", "once");
    const first = plugin.execute(command);
    await connection.next(/PRIVMSG/);
    connection.send(`@label=${command.txn};msgid=m5 :alice!a@host.test PRIVMSG #a :once`);
    const acked = await first;
    expect(await plugin.execute({ ...command, attempt: 2 })).toMatchObject({ state: "acked", refs: [{ conv: "#a", id: "m5" }] });
    expect(acked).toMatchObject({ refs: [{ conv: "#a", id: "m5" }] });
    expect(connection.lines.filter((line) => line.includes("once"))).toHaveLength(1);
  });

  test("a message to oneself is shown once", async () => {
    await online(LABELS);
    const command = say("alice", "note to self");
    const sent = plugin.execute(command);
    await connection.next(/PRIVMSG alice/);
    connection.send(
      `@label=${command.txn};msgid=m6 :alice!a@host.test PRIVMSG alice :note to self`,
      "@msgid=m6 :alice!a@host.test PRIVMSG alice :note to self",
    );
    await sent;
    connection.send(":bob!b@h PRIVMSG alice :after");
    await plugin.host.message("after");
    expect(plugin.host.texts("alice")).toEqual([]);
  });

  test("labels without echoes: an empty answer is the acknowledgement", async () => {
    await online(["labeled-response", "batch"]);
    const command = say("#a", "hello");
    const sent = outcome(plugin.execute(command));
    await connection.next(/PRIVMSG/);
    connection.send(`@label=${command.txn} :irc.test ACK`);
    expect(await sent).toMatchObject({ state: "acked", refs: [{ conv: "#a" }] });
  });

  test("the topic: set, or refused", async () => {
    await online(LABELS);
    const [good, bad] = [topic("#a", "new"), topic("#a", "other")];
    const results = [outcome(plugin.execute(good)), outcome(plugin.execute(bad))];
    await connection.next(/TOPIC #a :other/);
    connection.send(`@label=${good.txn} :alice!a@host.test TOPIC #a :new`, `@label=${bad.txn} :irc.test 482 alice #a :not operator`);
    expect(await Promise.all(results)).toMatchObject([
      { state: "acked", refs: [] },
      { code: "forbidden", sent: "no", message: "Only operators of #a may do this." },
    ]);
    expect(await plugin.host.event("topic", () => true)).toMatchObject({ topic: "new", from: "self" });
  });
});

describe("with echoes alone", () => {
  const ECHO = ["echo-message", "server-time"];

  test("the own line that comes back acknowledges, first in first out", async () => {
    await online(ECHO);
    const results = [say("#a", "same"), say("#a", "same"), say("bob", "other", { style: "action" })].map((command) =>
      outcome(plugin.execute(command)),
    );
    expect(await connection.next(/PRIVMSG bob/)).toBe("PRIVMSG bob :\x01ACTION other\x01");
    connection.send(
      "@msgid=1 :alice!a@h PRIVMSG #a :same",
      "@msgid=3 :alice!a@h PRIVMSG bob :\x01ACTION other\x01",
      "@msgid=2 :alice!a@h PRIVMSG #a :same",
    );
    expect(await Promise.all(results)).toMatchObject([{ refs: [{ id: "1" }] }, { refs: [{ id: "2" }] }, { refs: [{ id: "3" }] }]);
    expect(connection.lines.some((line) => line.startsWith("PING"))).toBe(false);
  });

  test("a refusal is for the first that goes there", async () => {
    await online(ECHO);
    const [toBob, toRoom] = [outcome(plugin.execute(say("bob", "x"))), outcome(plugin.execute(say("#a", "x")))];
    await connection.next(/PRIVMSG #a/);
    connection.send(":irc.test 404 alice #a :no", "@msgid=1 :alice!a@h PRIVMSG bob :x");
    expect(await Promise.all([toBob, toRoom])).toMatchObject([{ state: "acked" }, { code: "forbidden", sent: "no" }]);
  });
});

describe("with neither", () => {
  test("a PING behind the line is the barrier", async () => {
    await online([]);
    const command = say("#a", "hello");
    const sent = outcome(plugin.execute(command));
    expect(await connection.next(/PRIVMSG/)).toBe("PRIVMSG #a :hello");
    expect(await connection.next(/PING/)).toBe(`PING ${command.txn}`);
    connection.send(`:irc.test PONG irc.test :${command.txn}`);
    expect(await sent).toMatchObject({ state: "acked", refs: [{ conv: "#a", id: expect.stringMatching(/:\d+$/) }] });
  });

  test("a refusal before it is of that line and of no other", async () => {
    await online([]);
    const commands = [say("#a", "1"), say("nobody", "2"), say("#a", "3")];
    const results = commands.map((command) => outcome(plugin.execute(command)));
    await connection.next(new RegExp(`PING ${commands[2]?.txn}`));
    connection.send(
      `:irc.test PONG irc.test :${commands[0]?.txn}`,
      ":irc.test 401 alice nobody :No such nick",
      `:irc.test PONG irc.test :${commands[1]?.txn}`,
      `:irc.test PONG irc.test :${commands[2]?.txn}`,
    );
    expect(await Promise.all(results)).toMatchObject([{ state: "acked" }, { code: "not-found", sent: "no" }, { state: "acked" }]);
  });

  test("errors about something else refuse nothing", async () => {
    await online([]);
    const command = say("#a", "1");
    const sent = outcome(plugin.execute(command));
    await connection.next(/PING/);
    connection.send(":irc.test 401 alice carol :No such nick", `:irc.test PONG irc.test :${command.txn}`);
    expect(await sent).toMatchObject({ state: "acked" });
  });
});

describe("what is not certain is said to be so", () => {
  test("the connection breaks between writing and the acknowledgement: maybe, and nobody repeats it", async () => {
    await online(LABELS);
    const command = say("#a", "hello");
    const sent = outcome(plugin.execute(command));
    await connection.next(/PRIVMSG/);
    connection.socket.resetAndDestroy();
    expect(await sent).toMatchObject({ code: "offline", sent: "maybe" });
    const again = await (await server.accept()).greet({ caps: LABELS });
    await again.admit("#a");
    expect(await plugin.reconcile([command])).toEqual([{ txn: command.txn, found: "cannot-know" }]);
    expect(again.lines.join("\n")).not.toContain("hello");
  });

  test("what still waited for its turn then was not sent", async () => {
    await online(LABELS, { flood_burst: "1", flood_interval: "1000" });
    const [first, second] = [say("#a", "1"), say("#a", "2")];
    const results = [outcome(plugin.execute(first)), outcome(plugin.execute(second))];
    await connection.next(/PRIVMSG/);
    connection.socket.resetAndDestroy();
    expect(await Promise.all(results)).toMatchObject([{ sent: "maybe" }, { code: "offline", sent: "no" }]);
    expect(await plugin.reconcile([first, second])).toMatchObject([{ found: "cannot-know" }, { found: "no" }]);
  });

  test("without a connection nothing is sent", async () => {
    plugin = inProcess(server.port);
    await plugin.start();
    const command = say("#a", "hello");
    expect(await outcome(plugin.execute(command))).toMatchObject({ code: "offline", sent: "no" });
    expect(await plugin.reconcile([command, say("#a", "of an earlier process")])).toMatchObject([
      { found: "no" },
      { found: "cannot-know" },
    ]);
  });

  test("the host gives up: not sent while it waited, maybe once it was written", async () => {
    await online(LABELS, { flood_burst: "1", flood_interval: "1500" });
    const giveUp = new AbortController();
    const results = [say("#a", "1"), say("#a", "2")].map((command) => outcome(plugin.execute(command, giveUp.signal)));
    await connection.next(/PRIVMSG/);
    giveUp.abort();
    expect(await Promise.all(results)).toMatchObject([{ sent: "maybe" }, { sent: "no" }]);
  });

  test("more than can have their turn in time are sent back to wait at the host", async () => {
    await online(LABELS, { flood_burst: "1", flood_interval: "1000" });
    const results = Array.from({ length: 6 }, (_, n) => outcome(plugin.execute(say("#a", `${n}`))));
    expect(await results[5]).toMatchObject({ code: "rate", sent: "no" });
    connection.socket.resetAndDestroy();
    await Promise.all(results);
  });
});

describe("what is never written", () => {
  const refused: [string, () => Command, string][] = [
    ["a line break in the text", () => say("#a", "hi\r\nQUIT :injected"), "unsupported"],
    ["a NUL in the text", () => say("#a", "hi\0injected"), "unsupported"],
    ["a line break in an action", () => say("#a", "hi\ninjected", { style: "action" }), "unsupported"],
    ["a line break in the conversation", () => say("bob\r\nQUIT :injected", "hi"), "unsupported"],
    ["a line break in the topic", () => topic("#a", "x\r\ninjected"), "unsupported"],
    ["a command between clients", () => say("#a", "\x01DCC SEND injected 1 2 3\x01"), "unsupported"],
    ["an empty text", () => say("#a", ""), "unsupported"],
    ["more than a line holds", () => say("#a", `injected${"x".repeat(600)}`), "too-large"],
    ["more than reaches everybody uncut", () => say("#a", `injected${"x".repeat(480)}`), "too-large"],
    ["to the server itself", () => say("*server", "injected"), "unsupported"],
    ["to a channel that is not open", () => say("#elsewhere", "injected"), "not-found"],
    ["over a connection that is worse than was asked for", () => say("#a", "injected", { minLabel: "server-reads" }), "insecure"],
    ["with more than any bridge can give", () => say("#a", "injected", { minLabel: "e2ee-device" }), "insecure"],
    [
      "a reaction",
      () => ({ ...say("#a", ""), op: "react", target: { conv: "#a", id: "1" }, set: ["👍"] }) as unknown as Command,
      "unsupported",
    ],
    ["a file", () => say("#a", "injected", { media: [{ handle: "h", name: "n" }] }), "unsupported"],
  ];

  test.each(refused)("%s", async (_what, command, code) => {
    await online(LABELS);
    expect(await outcome(plugin.execute(command(), quietly))).toMatchObject({ code, sent: "no" });
    const after = say("#a", "after");
    const sent = plugin.execute(after);
    await connection.next(/PRIVMSG #a :after/);
    connection.send(`@label=${after.txn} :alice!a@h PRIVMSG #a :after`);
    await sent;
    expect(connection.lines.join("\n")).not.toMatch(/injected|QUIT/);
  });
});

describe("flood control", () => {
  test("a burst, then one in the interval, in the order of the calls; PONG does not wait", async () => {
    await online(LABELS, { flood_burst: "4", flood_interval: "100" });
    await new Promise((resolve) => setTimeout(resolve, 450));
    const started = performance.now();
    const commands = Array.from({ length: 8 }, (_, n) => say("#a", `m${n}`));
    const results = commands.map((command) => plugin.execute(command));
    for (const [n, { txn, body }] of commands.entries()) {
      await connection.next(new RegExp(`PRIVMSG #a :${body.text}$`));
      if (n === 3) expect(performance.now() - started).toBeLessThan(90);
      connection.send(`@label=${txn} :alice!a@h PRIVMSG #a :${body.text}`);
      if (n === 4) {
        connection.send("PING :now");
        await connection.next(/PONG :now/);
      }
    }
    expect(performance.now() - started).toBeGreaterThan(330);
    await Promise.all(results);
  });

  test("a server that does not answer is not sent more than a burst", async () => {
    await online(LABELS, { flood_burst: "3", flood_interval: "1" });
    const results = Array.from({ length: 10 }, (_, n) => outcome(plugin.execute(say("#a", `m${n}`))));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(connection.lines.filter((line) => line.includes("PRIVMSG"))).toHaveLength(3);
    connection.socket.resetAndDestroy();
    await Promise.all(results);
  });
});

describe("replies", () => {
  const reply = (id: string) => say("#a", "bob: yes", { replyTo: { conv: "#a", id } });

  test("a reply is marked for other clients, beside our label", async () => {
    await online(LABELS);
    const command = reply("m7; \\x");
    const sent = outcome(plugin.execute(command));
    expect(await connection.next(/PRIVMSG/)).toBe(`@label=${command.txn};+draft/reply=m7\\:\\s\\\\x PRIVMSG #a :bob: yes`);
    connection.send(`@label=${command.txn};msgid=m8 :alice!alice@host.test PRIVMSG #a :bob: yes`);
    expect(await sent).toMatchObject({ state: "acked" });
  });

  test("without labels the mark stands alone", async () => {
    await online(["echo-message", "message-tags"]);
    const sent = outcome(plugin.execute(reply("m7")));
    expect(await connection.next(/PRIVMSG/)).toBe("@+draft/reply=m7 PRIVMSG #a :bob: yes");
    connection.send("@msgid=m8 :alice!alice@host.test PRIVMSG #a :bob: yes");
    expect(await sent).toMatchObject({ state: "acked" });
  });

  test.each([
    ["a server without message-tags", ["echo-message"], "", "m7"],
    ["a server that passes none on", ["echo-message", "message-tags"], "CLIENTTAGDENY=*", "m7"],
    ["a message that the server gave no id", ["echo-message", "message-tags"], "", "played:abc:0"],
    ["a line of another connection", ["echo-message", "message-tags"], "", "abcdefghijkl:17"],
  ])("the words say it alone for %s", async (_, caps, support, id) => {
    await online(caps, {}, [support]);
    const sent = outcome(plugin.execute(reply(id)));
    expect(await connection.next(/PRIVMSG/)).toBe("PRIVMSG #a :bob: yes");
    connection.send(":alice!alice@host.test PRIVMSG #a :bob: yes");
    expect(await sent).toMatchObject({ state: "acked" });
  });

  test("a server that passes on only the later name gets that", async () => {
    await online(["echo-message", "message-tags"], {}, ["CLIENTTAGDENY=*,-reply"]);
    const sent = outcome(plugin.execute(reply("m7")));
    expect(await connection.next(/PRIVMSG/)).toBe("@+reply=m7 PRIVMSG #a :bob: yes");
    connection.send("@msgid=m8 :alice!alice@host.test PRIVMSG #a :bob: yes");
    expect(await sent).toMatchObject({ state: "acked" });
  });

  test("edits and reactions are refused, and nothing is written", async () => {
    await online(LABELS);
    const target = { conv: "#a", id: "m7" };
    const acts: Act[] = [
      { op: "edit", target, body: { text: "x" } },
      { op: "react", target, set: ["👍"] },
    ];
    const { txn, conv, attempt, createdAt, minLabel } = say("#a", "");
    for (const act of acts)
      expect(await outcome(plugin.execute({ txn, conv, attempt, createdAt, minLabel, ...act }))).toMatchObject({
        code: "unsupported",
        sent: "no",
      });
  });
});
