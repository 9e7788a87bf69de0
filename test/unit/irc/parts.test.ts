import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Batch, Inbound } from "../../../src/bridges/contract/index.ts";
import { Conversations, SERVER } from "../../../src/bridges/irc/conversations.ts";
import { Heard } from "../../../src/bridges/irc/heard.ts";
import { DEFAULT_SUPPORT } from "../../../src/bridges/irc/isupport.ts";
import { Inbox, Journal } from "../../../src/bridges/kit/index.ts";
import { Pace } from "../../../src/bridges/irc/pace.ts";
import { Rooms } from "../../../src/bridges/irc/rooms.ts";
import { world } from "./rig.ts";

const sec = { link: { kind: "none", verified: false, measuredBy: "host" }, source: "live" } as const;
const message = (n: number, text = `m${n}`): Inbound => ({
  kind: "message",
  conv: "#a",
  key: String(n),
  id: String(n),
  ts: n,
  sec,
  style: "text",
  body: { text },
});
const many = (count: number, from = 0) => Array.from({ length: count }, (_, n) => message(from + n));
const patience = () => ({ random: () => 0.5, retry: { firstMs: 1, maxMs: 5 } });
const noEvents = { pressure: () => undefined, trouble: () => undefined, recovered: () => undefined };

describe("inbox", () => {
  function recording(ingest: (batch: Batch) => Promise<unknown> = () => Promise.resolve()) {
    const taken: Batch[] = [];
    const host = {
      ingest: async (batch: Batch) => {
        await ingest(batch);
        taken.push(batch);
        return { inserted: batch.events.length, duplicates: 0 };
      },
    };
    const keys = () => taken.flatMap(({ events }) => events.map(({ key }) => Number(key)));
    return { host, taken, keys };
  }

  test("one batch at a time, in order, of at most 500 events; what comes meanwhile goes with the next", async () => {
    let inFlight = 0;
    const { host, taken, keys } = recording(async () => {
      expect(++inFlight).toBe(1);
      await sleep(2);
      inFlight -= 1;
    });
    const inbox = new Inbox(host, patience(), noEvents);
    inbox.push(many(1), "live");
    await sleep(1);
    inbox.push(many(1200, 1), "live");
    await inbox.drained(1000);
    expect(taken.map(({ events }) => events.length)).toEqual([1, 500, 500, 200]);
    expect(keys()).toEqual(Array.from({ length: 1201 }, (_, n) => n));
  });

  test("a batch that is refused is tried again, the same and before all others", async () => {
    let failures = 3;
    const seen: number[] = [];
    const { host, keys } = recording(async ({ events }) => {
      seen.push(events.length);
      if (failures-- > 0) throw new Error("disk full");
    });
    const told: number[] = [];
    const inbox = new Inbox(host, patience(), {
      ...noEvents,
      trouble: (_error, attempt) => told.push(attempt),
      recovered: () => told.push(0),
    });
    inbox.push(many(2), "live");
    await sleep(5);
    inbox.push(many(3, 2), "live");
    await inbox.drained(2000);
    expect(seen).toEqual([2, 2, 2, 2, 3]);
    expect(told).toEqual([1, 2, 3, 0]);
    expect(keys()).toEqual([0, 1, 2, 3, 4]);
  });

  test("presses from 2,000 waiting events on and lets go at half of it", async () => {
    const pressure: boolean[] = [];
    const gate = Promise.withResolvers<void>();
    const { host } = recording(() => gate.promise);
    const inbox = new Inbox(host, patience(), { ...noEvents, pressure: (on) => pressure.push(on) });
    inbox.push(many(2000), "live");
    expect(pressure).toEqual([]);
    inbox.push(many(1, 2000), "live");
    expect(pressure).toEqual([true]);
    gate.resolve();
    await inbox.drained(1000);
    expect(pressure).toEqual([true, false]);
  });

  test("presses also when less waits, but of the largest kind", async () => {
    const pressure: boolean[] = [];
    const gate = Promise.withResolvers<void>();
    const { host } = recording(() => gate.promise);
    const inbox = new Inbox(host, patience(), { ...noEvents, pressure: (on) => pressure.push(on) });
    for (let n = 0; n < 1_000; n++) inbox.push([message(n, "x".repeat(16_000))], "live");
    expect(pressure).toEqual([true]);
    gate.resolve();
    await inbox.drained(5_000);
    expect(pressure).toEqual([true, false]);
  });

  test("what comes in the very moment in which all was taken is taken as well", async () => {
    const { host, keys } = recording();
    const inbox = new Inbox(host, patience(), noEvents);
    for (let n = 0; n < 200; n++) {
      inbox.push([message(n)], "live");
      for (let turn = 0; turn < n % 20; turn++) await Promise.resolve();
    }
    await sleep(20);
    expect(keys()).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  test("state goes only with or after what came before it, and sources are not mixed", async () => {
    const { host, taken } = recording();
    const inbox = new Inbox(host, patience(), noEvents);
    inbox.push(many(600), "live");
    inbox.note({ a: new Uint8Array([1]) });
    inbox.push(many(1, 600), "catchup");
    inbox.note({ a: new Uint8Array([2]), b: null });
    await inbox.drained(1000);
    expect(taken.map(({ source, events, kv }) => [source, events.length, kv])).toEqual([
      ["live", 500, undefined],
      ["live", 100, { a: new Uint8Array([1]) }],
      ["catchup", 1, { a: new Uint8Array([2]), b: null }],
    ]);
  });

  test("a batch stays small enough for one frame", async () => {
    const { host, taken } = recording();
    const inbox = new Inbox(host, patience(), noEvents);
    const long = "x".repeat(16_000);
    inbox.push(
      Array.from({ length: 100 }, (_, n) => message(n, long)),
      "live",
    );
    await inbox.drained(1000);
    expect(taken.flatMap(({ events }) => events)).toHaveLength(100);
    expect(Math.max(...taken.map((batch) => JSON.stringify(batch).length))).toBeLessThan(1024 * 1024);
  });
});

describe("pace", () => {
  const never = new AbortController().signal;

  test("a burst at once, then one in the interval, in order", async () => {
    const pace = new Pace({ burst: 3, intervalMs: 30 }, world());
    const times: number[] = [];
    const started = performance.now();
    await Promise.all(Array.from({ length: 6 }, () => pace.turn("line", never).then(() => times.push(performance.now() - started))));
    expect(times[2]).toBeLessThan(25);
    expect(times[5]).toBeGreaterThanOrEqual(85);
  });

  test("no more messages than the burst are on their way without an acknowledgement", async () => {
    const pace = new Pace({ burst: 2, intervalMs: 1 }, world());
    let granted = 0;
    for (let n = 0; n < 5; n++) void pace.turn("message", never).then(() => (granted += 1));
    await sleep(30);
    expect(granted).toBe(2);
    pace.settled();
    await sleep(30);
    expect(granted).toBe(3);
  });

  test("who gives up leaves the queue", async () => {
    const pace = new Pace({ burst: 1, intervalMs: 50 }, world());
    await pace.turn("line", never);
    const impatient = new AbortController();
    const left = pace.turn("line", impatient.signal);
    const next = pace.turn("line", never);
    impatient.abort();
    await expect(left).rejects.toThrow(/abort/i);
    await next;
  });
});

describe("journal", () => {
  test("no is said only of what never left and never will", () => {
    const journal = new Journal();
    let cancelled = 0;
    journal.waiting("queued", () => (cancelled += 1));
    journal.waiting("written", () => (cancelled += 1));
    journal.written("written");
    journal.acked("acked", [{ conv: "#a", id: "1" }], sec);
    expect(journal.reconcile("queued")).toEqual({ txn: "queued", found: "no" });
    expect(cancelled).toBe(1);
    expect(journal.reconcile("written")).toEqual({ txn: "written", found: "cannot-know" });
    expect(journal.reconcile("of another process")).toEqual({ txn: "of another process", found: "cannot-know" });
    expect(journal.reconcile("acked")).toMatchObject({ found: "yes", refs: [{ id: "1" }] });
  });

  test("what was written once stays in doubt when it is tried again", () => {
    const journal = new Journal();
    journal.written("a");
    journal.waiting("a", () => undefined);
    expect(journal.reconcile("a").found).toBe("cannot-know");
  });

  test("forgets the oldest, and then cannot know", () => {
    const journal = new Journal();
    journal.waiting("first", () => undefined);
    for (let n = 0; n < 10_000; n++) journal.written(`t${n}`);
    expect(journal.reconcile("first").found).toBe("cannot-know");
  });
});

describe("conversations", () => {
  const using = (open: string[], caseMapping: "ascii" | "rfc1459") => {
    const conversations = new Conversations(open);
    conversations.use({ ...DEFAULT_SUPPORT, caseMapping, statusTargets: "@+" });
    return conversations;
  };

  test("one conversation by all ways to write it", () => {
    const conversations = using(["#room{}"], "rfc1459");
    expect(["#ROOM[]", "#room{}", "@#Room[}"].map((name) => conversations.idOf(name))).toEqual(["#room{}", "#room{}", "#room{}"]);
    expect(conversations.idOf("Bob")).toBe("bob");
  });

  test("an id of an earlier connection is found again when the server compares names in another way", () => {
    const conversations = using(["#room[]"], "ascii");
    expect(conversations.idOf("#Room[]")).toBe("#room[]");
    conversations.use({ ...DEFAULT_SUPPORT, caseMapping: "rfc1459" });
    expect(conversations.idOf("#ROOM{}")).toBe("#room[]");
  });

  test("names too long for an id are none, and the server's own conversation is not private", () => {
    const conversations = using(["#a", "bob", SERVER], "ascii");
    expect(conversations.idOf(`#${"x".repeat(300)}`)).toBeUndefined();
    expect([conversations.openChannels(), conversations.openPrivate(), conversations.isPrivate(SERVER)]).toEqual([["#a"], ["bob"], false]);
  });
});

describe("memory of one connection", () => {
  test("a server cannot fill it with people", () => {
    const rooms = new Rooms();
    const room = rooms.enter("#a", "#a");
    for (let n = 0; n < 60_000; n++) rooms.list(room, `n${n}`, { nick: `n${n}`, modes: "" });
    expect(rooms.listed(room)).toHaveLength(50_000);
    expect(rooms.add(room, "one more", { nick: "one more", modes: "" })).toBe(false);
    rooms.leave("#a");
    expect(rooms.add(rooms.enter("#a", "#a"), "bob", { nick: "bob", modes: "" })).toBe(true);
  });

  test("how far was heard survives by the plugin's state, and nonsense in it does not", () => {
    const kept = new Heard({}).note(["#a"], 1234);
    const heard = new Heard({
      ...kept,
      "heard:#b": new TextEncoder().encode("-5"),
      "heard:#c": new Uint8Array([255]),
      other: new Uint8Array(),
    });
    expect([heard.until("#a"), heard.until("#b"), heard.until("#c")]).toEqual([1234, undefined, undefined]);
    expect(heard.forgetAllBut([])).toEqual({ "heard:#a": null });
    expect(heard.until("#a")).toBeUndefined();
  });
});
