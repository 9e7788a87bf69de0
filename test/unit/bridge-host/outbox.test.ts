import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BridgeError } from "../../../src/bridges/kit/bridge-error.ts";
import { KIND } from "../../../src/sync/content/kinds.ts";
import type { Conversation, StoredEntry } from "../../../src/sync/core.ts";
import { carry } from "./harness/carry.ts";
import { Rig } from "./harness/rig.ts";
import { message, PLAIN, type ScriptedProcess } from "./harness/scripted-network.ts";
import { rest } from "./harness/test-clock.ts";

const HOUR = 60 * 60 * 1000;

let rig: Rig;
let conversation: Conversation;
let process: ScriptedProcess;
let account: string;

beforeEach(async () => {
  rig = await Rig.make();
  ({ account, conversation, process } = await rig.withChannel());
});
afterEach(() => rig.dispose());

const texts = () => rig.network.delivered.map(({ text }) => text);
const stateOf = (entry: StoredEntry) => rig.stateOf(entry)?.state ?? "queued";
const partStates = () =>
  rig.core.sql.all<{ state: string }>("select state from bridge_part order by entry, part").map(({ state }) => state);

async function send(text: string): Promise<StoredEntry> {
  const entry = rig.write(conversation, text);
  await rest();
  return entry;
}

describe("from the log to the network", () => {
  test("O1: a part is claimed on the disk before the plugin is called", async () => {
    let atCall: string[] = [];
    rig.network.onExecute = () => {
      atCall = partStates();
      expect(() => rig.core.transact(() => undefined)).not.toThrow();
    };
    const entry = await send("hello");
    expect(atCall).toEqual(["claimed"]);
    expect(stateOf(entry)).toBe("sent");
  });

  test("a message from the phone is sent by the home PC, and all devices are told how it travelled", async () => {
    await rig.writeOnPhone(conversation, "from the phone");
    expect(texts()).toEqual(["from the phone"]);
    expect(rig.deliveries(conversation)).toMatchObject([
      {
        state: "sent",
        remote: ["m1"],
        label: "server-reads",
        facts: { link: { kind: "tls", verified: true, measuredBy: "host" }, source: "live" },
      },
    ]);
    await carry(rig.core, rig.phone);
    const there = rig.phone.conversationById(conversation.id) as Conversation;
    expect(rig.phone.sql.all("select kind from entry where conversation = ? and kind = ?", there.row, KIND.delivery)).toHaveLength(1);
  });

  test("an entry comes into the outbox once, whatever is carried again and after a restart", async () => {
    await rig.writeOnPhone(conversation, "once");
    await carry(rig.phone, rig.core);
    await rig.restart();
    await carry(rig.phone, rig.core);
    await rest();
    expect(texts()).toEqual(["once"]);
  });

  test("own lines that came from elsewhere, notes to oneself and conversations of other devices are not sent", async () => {
    const own = rig.core.conversations().find(({ founding }) => founding.kind === "self") as Conversation;
    rig.write(own, "a note to myself");
    const elsewhere = rig.core.transact((writer) =>
      writer.found({ kind: "bridge", account: rig.person.account, network: "scripted", bridge: "b-of-another-device", conv: "#x" }),
    );
    rig.write(elsewhere, "by another node");
    await rest();
    expect(rig.network.executed).toEqual([]);
    expect(rig.deliveries(elsewhere)).toEqual([]);
  });

  test("our message that comes back acknowledges it and is no second line", async () => {
    rig.network.fates = ["echoed"];
    const entry = await send("hello");
    expect(stateOf(entry)).toBe("sent");
    expect(rig.lines(conversation)).toEqual([]);
    // Heard again in the history, without the transaction.
    await process.ingest({ source: "catchup", events: [message("#home", "hello", { id: "m1", from: "self" })] });
    expect(rig.lines(conversation)).toEqual([]);
    expect(await process.services.lookup({ ref: { conv: "#home", id: "m1" } })).toEqual({
      txn: rig.network.executed[0]?.txn,
      refs: [{ conv: "#home", id: "m1" }],
    });
    expect(await process.services.lookup({ txn: rig.network.executed[0]?.txn ?? "" })).toMatchObject({ refs: [{ id: "m1" }] });
    expect(await process.services.lookup({ txn: "unknown" })).toBeUndefined();
  });

  test("a reply names the message of the network that it answers, and only in its first part", async () => {
    rig.network.partLength = 10;
    await process.ingest({ source: "live", events: [message("#home", "question", { id: "q1" })] });
    const question = rig.core.entry(rig.lines(conversation)[0]?.row ?? 0) as StoredEntry;
    rig.write(conversation, "an answer", { replyTo: { feed: question.feed, inc: question.incarnation, seq: question.seq } });
    await rest();
    expect(rig.network.executed.map((command) => command.op === "send" && command.replyTo)).toEqual([
      { conv: "#home", id: "q1" },
      undefined,
    ]);
    expect(texts()).toEqual(["alice: an ", "answer"]);
  });
});

describe("order", () => {
  test("O3: first in, first out within a conversation, however slow the first is", async () => {
    rig.network.fates = ["swallowed", "acked"];
    const [first, second] = [rig.write(conversation, "one"), rig.write(conversation, "two")];
    await rest();
    expect(texts()).toEqual(["one"]);
    await process.echo(rig.network.delivered[0] ?? never());
    await rest();
    expect(texts()).toEqual(["one", "two"]);
    expect([stateOf(first), stateOf(second)]).toEqual(["sent", "sent"]);
  });

  test("conversations do not wait for each other, and at most eight calls are under way", async () => {
    rig.network.fates = ["hangs"];
    const all = await Promise.all(Array.from({ length: 10 }, (_, n) => rig.host.open(account, `#c${n}`)));
    for (const one of all) rig.write(one, "x");
    await rest();
    expect(new Set(rig.network.executed.map(({ conv }) => conv)).size).toBe(8);
    expect(rig.network.executed).toHaveLength(8);
  });

  test("O7: a message in doubt does not hold up those after it", async () => {
    rig.network.fates = ["maybe-lost", "acked"];
    const [first, second] = [rig.write(conversation, "one"), rig.write(conversation, "two")];
    await rest();
    expect([stateOf(first), stateOf(second)]).toEqual(["in-doubt", "sent"]);
  });
});

describe("long messages", () => {
  beforeEach(() => {
    rig.network.partLength = 4;
  });

  test("O4: all parts are queued in one transaction before the first is claimed; the message is sent when the last is", async () => {
    const seen: string[][] = [];
    rig.network.onExecute = () => void seen.push(partStates());
    const entry = await send("aaaabbbbccccdd");
    expect(seen).toEqual([
      ["claimed", "queued", "queued", "queued"],
      ["acked", "claimed", "queued", "queued"],
      ["acked", "acked", "claimed", "queued"],
      ["acked", "acked", "acked", "claimed"],
    ]);
    expect(texts()).toEqual(["aaaa", "bbbb", "cccc", "dd"]);
    expect(new Set(rig.network.executed.map(({ txn }) => txn)).size).toBe(4);
    expect(rig.deliveries(conversation)).toMatchObject([{ state: "sent", remote: ["m1", "m2", "m3", "m4"] }]);
    expect(stateOf(entry)).toBe("sent");
  });

  test("O5: one failing part fails the message and says how many were sent; sending again sends only the rest", async () => {
    rig.network.fates = ["acked", "acked", "forbidden", "acked"];
    const entry = await send("aaaabbbbccccdd");
    expect(rig.stateOf(entry)).toMatchObject({
      state: "failed",
      reason: "2 of 4 parts were sent. You may not write here.",
      code: "forbidden",
    });
    rig.host.resend(entry.row);
    await rest();
    expect(texts()).toEqual(["aaaa", "bbbb", "cccc", "dd"]);
    expect(stateOf(entry)).toBe("sent");
  });

  test("a message in doubt in its middle goes on where it stopped", async () => {
    rig.network.fates = ["acked", "maybe-delivered", "acked"];
    const entry = await send("aaaabbbbcccc");
    expect(rig.stateOf(entry)).toMatchObject({
      state: "in-doubt",
      reason: "1 of 3 parts were sent. It may not have been delivered: Nobody knows.",
    });
    process.drop();
    process.goOnline();
    await rest();
    expect(texts()).toEqual(["aaaa", "bbbb", "cccc"]);
    expect(stateOf(entry)).toBe("sent");
  });

  test("the text of a part is gone from the outbox once the network has it", async () => {
    await send("aaaabbbb");
    const rows = rig.core.sql.all<{ entry: number; part: number; detail: Uint8Array }>("select entry, part, detail from bridge_part");
    for (const { entry, part, detail } of rows) {
      const plain = Buffer.from(rig.core.open("bridge_part", `${entry}/${part}`, "detail", detail)).toString();
      expect(plain).not.toMatch(/aaaa|bbbb/);
    }
    expect(rows).toHaveLength(2);
  });

  test("what cannot be split is failed with the plugin's reason, and nothing is sent", async () => {
    process.split = () => Promise.reject(new BridgeError({ code: "too-large", sent: "no", message: "That is more than 50 lines." }));
    const entry = await send("a novel");
    expect(rig.stateOf(entry)).toMatchObject({ state: "failed", reason: "That is more than 50 lines.", code: "too-large" });
    const empty = await send("");
    process.split = async () => [];
    rig.host.resend(empty.row);
    await rest();
    expect(rig.stateOf(empty)).toMatchObject({ state: "failed" });
    expect(rig.network.executed).toEqual([]);
  });
});

describe("when the network refuses or does not answer", () => {
  test("O2: what certainly was not sent is sent again by itself, with the same transaction and the next attempt", async () => {
    rig.network.fates = ["offline", "acked"];
    const entry = await send("hello");
    expect(rig.deliveries(conversation)).toEqual([]);
    await rig.clock.advance(5_000);
    expect(rig.network.executed.map(({ txn, attempt }) => [txn, attempt])).toEqual([
      [rig.network.executed[0]?.txn, 1],
      [rig.network.executed[0]?.txn, 2],
    ]);
    expect(stateOf(entry)).toBe("sent");
  });

  test("a rate limit is waited for as long as the network says", async () => {
    const limited = new BridgeError({ code: "rate", sent: "no", message: "Slow down.", retryAfterMs: 30_000 });
    const execute = process.execute.bind(process);
    process.execute = () => Promise.reject(limited);
    const entry = await send("hello");
    process.execute = execute;
    await rig.clock.advance(29_000);
    expect(rig.network.executed).toHaveLength(0);
    await rig.clock.advance(2_000);
    expect(stateOf(entry)).toBe("sent");
  });

  test("what waits while the account is offline is sent when it is online again, in its order", async () => {
    process.say({ state: "backoff" });
    const entries = [rig.write(conversation, "one"), rig.write(conversation, "two")];
    await rig.clock.advance(10 * 60_000);
    expect(rig.network.executed).toEqual([]);
    process.goOnline();
    await rest();
    expect(texts()).toEqual(["one", "two"]);
    expect(entries.map(stateOf)).toEqual(["sent", "sent"]);
  });

  test("what was accepted and is not confirmed within a minute is in doubt; the echo that comes late still counts", async () => {
    rig.network.fates = ["swallowed"];
    const entry = await send("hello");
    await rig.clock.advance(59_000);
    expect(stateOf(entry)).toBe("queued");
    await rig.clock.advance(2_000);
    expect(rig.stateOf(entry)).toMatchObject({ state: "in-doubt", reason: expect.stringContaining("may not have been delivered") });
    await process.echo(rig.network.delivered[0] ?? never());
    expect(stateOf(entry)).toBe("sent");
    expect(rig.lines(conversation)).toEqual([]);
  });

  test("an error that comes after the acceptance fails the message; its replay changes nothing", async () => {
    rig.network.fates = ["swallowed", "acked"];
    const entry = await send("hello");
    const error = { code: "forbidden", sent: "no", message: "You are muted." } as const;
    const event = {
      kind: "sendError",
      conv: "#home",
      key: "e1",
      ts: 0,
      sec: { link: PLAIN, source: "live" },
      txn: rig.network.executed[0]?.txn ?? "",
      error,
    } as const;
    await process.ingest({ source: "live", events: [event] });
    expect(rig.stateOf(entry)).toMatchObject({ state: "failed", reason: "You are muted.", code: "forbidden" });
    rig.host.resend(entry.row);
    await process.ingest({ source: "catchup", events: [event] });
    await rest();
    expect(stateOf(entry)).toBe("sent");
  });
});

describe("in doubt", () => {
  const cut = {
    "the child dies while the plugin is at it": { fate: "hangs", how: () => process.die() },
    "the child dies before the echo": { fate: "swallowed", how: () => process.die() },
    "the socket drops while the plugin is at it": { fate: "hangs", how: () => reconnect() },
    "the socket drops before the echo": { fate: "swallowed", how: () => reconnect() },
    "the node is killed while the plugin is at it": { fate: "hangs", how: () => rig.restart() },
    "the node is killed before the echo": { fate: "swallowed", how: () => rig.restart() },
  } as const;

  for (const [title, { fate, how }] of Object.entries(cut)) {
    test(`O2: ${title}: in doubt, and never sent again by itself`, async () => {
      rig.network.archive = "unknown";
      rig.network.fates = [fate, "acked"];
      const entry = await send("hello");
      await how();
      await rig.clock.advance(10 * 60_000);
      expect(rig.stateOf(entry)).toMatchObject({ state: "in-doubt", reason: expect.stringContaining("may not have been delivered") });
      await reconnect();
      await rig.restart();
      await rig.clock.advance(2 * HOUR);
      expect(rig.network.executed).toHaveLength(1);
      expect(rig.host.outbox()).toMatchObject([{ id: entry.row, conversation: conversation.row, state: "in-doubt" }]);
    });

    test(`O2: ${title}: the archive says that it arrived: sent, and once`, async () => {
      rig.network.fates = [fate, "acked"];
      const entry = await send("hello");
      await how();
      await rest();
      expect(stateOf(entry)).toBe("sent");
      expect(texts()).toEqual(["hello"]);
      expect(rig.host.outbox()).toEqual([]);
    });

    test(`O2: ${title}: the archive says that it did not arrive: sent again, and once`, async () => {
      rig.network.fates = [fate === "hangs" ? "hangs-lost" : fate, "acked"];
      const entry = await send("hello");
      if (fate === "swallowed") rig.network.delivered.length = 0;
      await how();
      await rest();
      expect(stateOf(entry)).toBe("sent");
      expect(texts()).toEqual(["hello"]);
      expect(rig.network.executed.map(({ attempt }) => attempt)).toEqual([1, 2]);
    });
  }

  test("a reconcile that fails, or answers nothing, leaves it in doubt and lets the rest go on", async () => {
    for (const archive of ["fails", "silent"] as const) {
      rig.network.archive = archive;
      rig.network.fates = ["maybe-lost", "acked"];
      const entry = await send(archive);
      await reconnect();
      const next = await send("next");
      expect([stateOf(entry), stateOf(next)]).toEqual(["in-doubt", "sent"]);
    }
  });

  test("nothing is sent before what is in doubt has been asked for, so that what is queued again keeps its place", async () => {
    rig.network.fates = ["hangs-lost", "acked"];
    rig.write(conversation, "one");
    rig.write(conversation, "two");
    await rest();
    await reconnect();
    expect(texts()).toEqual(["one", "two"]);
  });

  test("the person sends it again, or marks it as sent", async () => {
    rig.network.archive = "unknown";
    rig.network.fates = ["maybe-lost", "maybe-delivered", "acked"];
    const [lost, arrived] = [await send("lost"), await send("arrived")];
    expect(rig.host.outbox().map(({ id }) => id)).toEqual([lost.row, arrived.row]);
    rig.host.resend(lost.row);
    rig.host.settle(arrived.row);
    await rest();
    expect(texts()).toEqual(["arrived", "lost"]);
    expect(stateOf(lost)).toBe("sent");
    expect(rig.stateOf(arrived)).toMatchObject({ state: "sent", reason: "You marked it as sent.", label: "server-reads" });
    expect(rig.host.outbox()).toEqual([]);
    expect(rig.deliveries(conversation).map(({ state }) => state)).toContain("queued");
  });

  test("what is not in doubt cannot be decided, and what is unknown is not found", async () => {
    const entry = await send("hello");
    expect(() => rig.host.resend(entry.row)).toThrow(expect.objectContaining({ code: "not-in-doubt" }));
    expect(() => rig.host.settle(entry.row)).toThrow(expect.objectContaining({ code: "not-in-doubt" }));
    expect(() => rig.host.resend(999)).toThrow(expect.objectContaining({ code: "not-found" }));
  });

  test("our own words heard again in the history are the message in doubt, and no second line", async () => {
    rig.network.archive = "unknown";
    rig.network.fates = ["hangs", "hangs", "acked"];
    const other = await rig.host.open(account, "#other");
    const first = rig.write(conversation, "ok");
    const elsewhere = rig.write(other, "ok");
    await rest();
    process.die();
    await rest();
    const ts = rig.clock.now();
    const heard = (id: string, at: number) => message("#home", "ok", { id, from: "self", ts: at });
    await process.ingest({ source: "catchup", events: [heard("h0", ts - HOUR), heard("h1", ts + 1_000), heard("h2", ts + 2_000)] });
    expect([stateOf(first), stateOf(elsewhere)]).toEqual(["sent", "in-doubt"]);
    // An hour before it was written, and once more after it was found: those are other messages.
    expect(rig.lines(conversation).map(({ remote }) => remote)).toEqual(["h0", "h2"]);
  });
});

describe("O6: what waited for over an hour is not sent before the person says so", () => {
  test("when it arrives late from the phone", async () => {
    await carry(rig.core, rig.phone);
    const there = rig.phone.conversationById(conversation.id) as Conversation;
    rig.phone.transact((writer) => writer.append(there.row, KIND.text, { style: "text", text: "from yesterday" }));
    await rig.clock.advance(24 * HOUR);
    await carry(rig.phone, rig.core);
    await rest();
    expect(rig.network.executed).toEqual([]);
    expect(rig.host.outbox()).toMatchObject([
      { state: "in-doubt", reason: "This message is older than an hour and was not sent. Send it now?" },
    ]);
    rig.host.resend(rig.host.outbox()[0]?.id ?? 0);
    await rest();
    expect(texts()).toEqual(["from yesterday"]);
  });

  test("after an outage, but not after a short one", async () => {
    process.say({ state: "backoff" });
    const old = rig.write(conversation, "old");
    await rig.clock.advance(HOUR - 60_000);
    const young = rig.write(conversation, "young");
    await rig.clock.advance(2 * 60_000);
    process.goOnline();
    await rest();
    expect(texts()).toEqual(["young"]);
    expect([stateOf(old), stateOf(young)]).toEqual(["in-doubt", "sent"]);
    rig.host.settle(old.row);
    expect(rig.stateOf(old)).toMatchObject({ state: "failed", reason: "It was not sent, as you decided." });
    expect(texts()).toEqual(["young"]);
  });

  test("after a restart of the node", async () => {
    rig.network.isDown = true;
    process.say({ state: "backoff" });
    const entry = rig.write(conversation, "old");
    rig.crash();
    await rig.clock.advance(2 * HOUR);
    rig.network.isDown = false;
    await rig.restart();
    expect(stateOf(entry)).toBe("in-doubt");
    expect(rig.network.executed).toEqual([]);
  });

  test("also where proof that it did not arrive comes so late", async () => {
    rig.network.fates = ["hangs-lost", "acked"];
    const entry = await send("hello");
    rig.network.isDown = true;
    process.die();
    await rig.clock.advance(2 * HOUR);
    process.goOnline();
    await rest();
    expect(rig.network.executed).toHaveLength(1);
    expect(rig.stateOf(entry)).toMatchObject({ state: "in-doubt", reason: expect.stringContaining("older than an hour") });
  });
});

describe("O8: nothing travels under a worse label than the person asked for", () => {
  test("the connection is worse: failed as insecure, and the plugin is not even called", async () => {
    rig.network.link = PLAIN;
    await reconnect();
    const entry = rig.write(conversation, "secret", { minLabel: "server-reads" });
    await rest();
    expect(rig.network.executed).toEqual([]);
    expect(rig.stateOf(entry)).toMatchObject({ state: "failed", code: "insecure", reason: expect.stringContaining("nothing was sent") });
  });

  test("it is downgraded between queueing and sending", async () => {
    process.say({ state: "backoff" });
    const entry = rig.write(conversation, "secret", { minLabel: "server-reads" });
    rig.network.link = PLAIN;
    process.goOnline();
    await rest();
    expect(rig.network.executed).toEqual([]);
    expect(stateOf(entry)).toBe("failed");
    rig.network.link = { ...PLAIN, kind: "tls", verified: true };
    await reconnect();
    rig.host.resend(entry.row);
    await rest();
    expect(rig.network.executed).toMatchObject([{ minLabel: "server-reads" }]);
  });

  test("the plugin finds it worse in the last moment", async () => {
    process.execute = () =>
      Promise.reject(new BridgeError({ code: "insecure", sent: "no", message: "The server has given up its encryption." }));
    const entry = rig.write(conversation, "secret", { minLabel: "server-reads" });
    await rest();
    expect(rig.stateOf(entry)).toMatchObject({ state: "failed", code: "insecure" });
  });

  test("no bridge carries what is for Homeport devices only; without a condition everything travels, and its label says how", async () => {
    const [never, any] = [rig.write(conversation, "x", { minLabel: "e2ee-device" }), rig.write(conversation, "y")];
    await rest();
    expect([stateOf(never), stateOf(any)]).toEqual(["failed", "sent"]);
    rig.network.link = PLAIN;
    await reconnect();
    const plain = await send("z");
    expect(rig.stateOf(plain)).toMatchObject({ state: "sent", label: "plaintext" });
  });
});

describe("closed and removed", () => {
  test("what is written to a closed conversation is answered, and nothing is sent", async () => {
    await rig.host.close(conversation.row);
    const entry = await send("anyone?");
    expect(rig.stateOf(entry)).toMatchObject({ state: "failed", reason: "This conversation is closed. Open it again to write in it." });
    expect(() => rig.host.resend(entry.row)).toThrow(expect.objectContaining({ code: "closed" }));
    await rig.host.open(account, "#home");
    rig.host.resend(entry.row);
    await rest();
    expect(texts()).toEqual(["anyone?"]);
  });

  test("what still waits when a conversation is closed is failed; what may be there stays in doubt", async () => {
    rig.network.fates = ["maybe-lost", "acked"];
    const doubtful = await send("one");
    process.say({ state: "backoff" });
    const waiting = rig.write(conversation, "two");
    await rig.host.close(conversation.row);
    expect([stateOf(doubtful), rig.stateOf(waiting)]).toMatchObject([
      "in-doubt",
      { state: "failed", reason: "The conversation was closed." },
    ]);
  });

  test("what is written to a removed account is answered", async () => {
    await rig.host.remove(account);
    const entry = await send("anyone?");
    expect(rig.stateOf(entry)).toMatchObject({ state: "failed", reason: "The account of this conversation was removed." });
  });
});

describe("entries that are not what they should be", () => {
  test("a message in a form that this version does not know is answered, and stops nothing", async () => {
    rig.core.transact((writer) => writer.append(conversation.row, KIND.text, { shouted: "hello" }));
    const other = await rig.host.open(account, "#other");
    rig.core.transact((writer) => writer.append(other.row, KIND.delivery, { target: 7 }));
    await rest();
    expect(rig.deliveries(conversation)).toMatchObject([{ state: "failed", reason: expect.stringContaining("Update Homeport") }]);
    await send("next");
    expect(texts()).toEqual(["next"]);
  });

  test("only this device's own word says what became of a message: another one cannot keep it from being sent", async () => {
    process.say({ state: "backoff" });
    const entry = rig.write(conversation, "hello");
    await carry(rig.core, rig.phone);
    const there = rig.phone.conversationById(conversation.id) as Conversation;
    const target = { feed: entry.feed, inc: entry.incarnation, seq: entry.seq };
    rig.phone.transact((writer) => writer.append(there.row, KIND.delivery, { target, state: "sent" }));
    await carry(rig.phone, rig.core);
    process.goOnline();
    await rest();
    expect(texts()).toEqual(["hello"]);
  });
});

test("B5: a database that was rolled back sends nothing twice that the other devices know to be sent", async () => {
  await carry(rig.core, rig.phone);
  rig.crash();
  const [file, copy] = ["homeport.db", "older.db"].map((name) => join(rig.folder, name)) as [string, string];
  copyFileSync(file, copy);
  await rig.restart();
  await rig.writeOnPhone(conversation, "hello");
  await carry(rig.core, rig.phone);
  expect(texts()).toEqual(["hello"]);
  rig.crash();
  copyFileSync(copy, file);
  for (const tail of ["-wal", "-shm"]) rmSync(file + tail, { force: true });
  rig.network.isDown = true;
  await rig.restart();
  await carry(rig.phone, rig.core);
  rig.network.process.goOnline();
  await rest();
  expect(texts()).toEqual(["hello"]);
  expect(partStates()).toEqual(["acked"]);
});

test("a disk that fails for a while loses nothing: the result is written when it works again", async () => {
  let failing = false;
  const { sql } = rig;
  const transaction = sql.transaction.bind(sql);
  sql.transaction = <T>(run: () => T): T => {
    if (failing) throw new Error("disk full");
    return transaction(run);
  };
  rig.network.onExecute = () => {
    failing = true;
  };
  const entry = await send("hello");
  await rig.clock.advance(3_000);
  expect(partStates()).toEqual(["claimed"]);
  failing = false;
  rig.network.onExecute = undefined;
  await rig.clock.advance(2_000);
  expect(stateOf(entry)).toBe("sent");
  expect(texts()).toEqual(["hello"]);
});

async function reconnect(): Promise<void> {
  const { process: current } = rig.network;
  current.drop();
  await rest();
  current.goOnline();
  await rest();
}

function never(): never {
  throw new Error("nothing was delivered");
}
