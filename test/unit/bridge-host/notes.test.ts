import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Caps, Command } from "../../../src/bridges/contract/index.ts";
import { KIND } from "../../../src/sync/content/kinds.ts";
import type { Conversation, StoredEntry } from "../../../src/sync/core.ts";
import type { Cbor } from "../../../src/sync/encoding/cbor.ts";
import { Rig } from "./harness/rig.ts";
import { caps, introduce, message, PLAIN, type ScriptedProcess } from "./harness/scripted-network.ts";
import { rest } from "./harness/test-clock.ts";

let rig: Rig;
let conversation: Conversation;
let process: ScriptedProcess;

async function start(can: Partial<Caps>): Promise<void> {
  rig = await Rig.make();
  rig.network.openResult = async (id) => ({ id, name: id, caps: { ...caps("channel"), ...can, rev: "can" }, state: "joined" });
  ({ conversation, process } = await rig.withChannel());
}

beforeEach(() => start({ edit: 2, reactions: 2, reply: 1 }));
afterEach(() => rig.dispose());

const ref = ({ feed, incarnation, seq }: StoredEntry) => ({ feed, inc: incarnation, seq });
const stateOf = (entry: StoredEntry) => rig.stateOf(entry)?.state ?? "queued";
const executed = () => rig.network.executed.map(({ txn: _, conv: __, attempt: ___, createdAt: ____, minLabel: _____, ...act }) => act);

async function say(kind: number, body: { [key: string]: Cbor }): Promise<StoredEntry> {
  const entry = rig.core.transact((writer) => writer.append(conversation.row, kind, body));
  await rest();
  return entry;
}
const send = (text: string, more: { [key: string]: Cbor } = {}) => say(KIND.text, { text, style: "text", ...more });
const edit = (target: StoredEntry, text: string) => say(KIND.edit, { target: ref(target), text });
const react = (target: StoredEntry, emoji: string, on = true) => say(KIND.reaction, { target: ref(target), emoji, on });

async function hear(text: string, id: string): Promise<StoredEntry> {
  await process.ingest({ source: "live", events: [message("#home", text, { id })] });
  return rig.core.entry(rig.lines(conversation).at(-1)?.row ?? 0) as StoredEntry;
}

describe("edits", () => {
  test("an edit goes to the network under the name that the message has there, and all devices are told", async () => {
    const sent = await send("helo");
    const changed = await edit(sent, "hello");
    expect(executed().at(-1)).toEqual({ op: "edit", target: { conv: "#home", id: "m1" }, body: { text: "hello", format: "plain" } });
    expect(stateOf(changed)).toBe("sent");
    expect(stateOf(sent)).toBe("sent");
  });

  test("O3: an edit waits for its message, and is not sent where that was not", async () => {
    rig.network.fates = ["forbidden", "acked"];
    const refused = await send("no");
    const changed = await edit(refused, "yes");
    expect(rig.stateOf(changed)).toMatchObject({ state: "failed", code: "not-found", reason: "The message itself was not sent." });
    rig.network.fates = ["maybe-lost", "acked"];
    const doubtful = await send("perhaps");
    expect(rig.stateOf(await edit(doubtful, "surely"))).toMatchObject({ state: "failed", code: "not-found" });
    expect(executed().filter(({ op }) => op === "edit")).toEqual([]);
  });

  test("an older edit that comes late does not undo a newer one", async () => {
    const sent = await send("one");
    process.drop();
    const older = await edit(sent, "two");
    const newer = await edit(sent, "three");
    process.goOnline();
    await rest();
    expect(executed().filter(({ op }) => op === "edit")).toMatchObject([{ body: { text: "three" } }]);
    expect([stateOf(older), stateOf(newer)]).toEqual(["failed", "sent"]);
  });

  test("what went out in several parts, and a text that needs several, is refused", async () => {
    rig.network.partLength = 5;
    const long = await send("a long message");
    expect(rig.stateOf(await edit(long, "short"))).toMatchObject({ state: "failed", code: "unsupported" });
    const short = await send("short");
    expect(rig.stateOf(await edit(short, "a long message"))).toMatchObject({ state: "failed", code: "too-large" });
  });

  test("an edit asks for the label that its message asked for", async () => {
    const sent = await send("for few eyes", { minLabel: "server-reads" });
    rig.network.link = PLAIN;
    process.goOnline();
    const changed = await edit(sent, "for fewer eyes");
    expect(rig.stateOf(changed)).toMatchObject({ state: "failed", code: "insecure" });
    expect(executed().filter(({ op }) => op === "edit")).toEqual([]);
  });

  test("O2: an edit that may have arrived is in doubt, and a message that says the same is not taken for it", async () => {
    const sent = await send("one");
    rig.network.fates = ["maybe-lost", "acked"];
    rig.network.archive = "unknown";
    const changed = await edit(sent, "two");
    expect(stateOf(changed)).toBe("in-doubt");
    await process.ingest({ source: "live", events: [message("#home", "two", { id: "m9", from: "self", ts: rig.clock.now() })] });
    expect(stateOf(changed)).toBe("in-doubt");
    expect(rig.lines(conversation).at(-1)).toMatchObject({ text: "two", from: { self: true } });
    rig.host.settle(changed.row);
    expect(stateOf(changed)).toBe("sent");
  });

  test("a network without edits and reactions is never asked for one", async () => {
    await rig.dispose();
    await start({});
    const sent = await send("one");
    expect(rig.stateOf(await edit(sent, "two"))).toMatchObject({ state: "failed", code: "unsupported" });
    expect(rig.stateOf(await react(sent, "👍"))).toMatchObject({ state: "failed", code: "unsupported" });
    expect(executed().map(({ op }) => op)).toEqual(["send"]);
  });

  test("a conversation that lost the ability says so, also for what waited", async () => {
    const sent = await send("one");
    process.drop();
    const changed = await edit(sent, "two");
    await process.ingest({ source: "live", events: [introduce({ id: "#home", name: "#home", caps: caps("channel"), state: "joined" })] });
    process.goOnline();
    await rest();
    expect(rig.stateOf(changed)).toMatchObject({ state: "failed", code: "unsupported" });
  });
});

describe("reactions", () => {
  test("the network gets the whole of the person's reactions each time", async () => {
    const heard = await hear("news", "r1");
    await react(heard, "👍");
    await react(heard, "🎉");
    await react(heard, "👍", false);
    const target = { conv: "#home", id: "r1" };
    expect(executed()).toEqual([
      { op: "react", target, set: ["👍"] },
      { op: "react", target, set: ["🎉", "👍"] },
      { op: "react", target, set: ["🎉"] },
    ]);
  });

  test("one that was refused is not asked for again with the next", async () => {
    const heard = await hear("news", "r1");
    rig.network.fates = ["forbidden", "acked"];
    expect(stateOf(await react(heard, "💩"))).toBe("failed");
    expect(stateOf(await react(heard, "👍"))).toBe("sent");
    expect(executed().at(-1)).toMatchObject({ set: ["👍"] });
  });
});

describe("replies", () => {
  const sends = () => rig.network.executed.filter((command): command is Extract<Command, { op: "send" }> => command.op === "send");

  test("a reply names the message, and begins with words for those who do not see that", async () => {
    const heard = await hear("who comes?", "r1");
    await send("me", { replyTo: ref(heard) });
    expect(sends().at(-1)).toMatchObject({ body: { text: "alice: me" }, replyTo: { conv: "#home", id: "r1" } });
  });

  test("what lies back longer is quoted, on one line", async () => {
    const heard = await hear(`who\ncomes? ${"x".repeat(100)}`, "r1");
    await rig.clock.advance(6 * 60_000);
    await send("me", { replyTo: ref(heard) });
    expect(sends().at(-1)?.body.text).toMatch(/^<alice "who comes\? x+…"> me$/);
  });

  test("a network that shows replies gets no such words, and what is gone is not quoted", async () => {
    await rig.dispose();
    await start({ reply: 2 });
    const heard = await hear("who comes?", "r1");
    await send("me", { replyTo: ref(heard) });
    expect(sends().at(-1)).toMatchObject({ body: { text: "me" }, replyTo: { id: "r1" } });
    await send("who?", { replyTo: { ...ref(heard), seq: 99 } });
    expect(sends().at(-1)).toMatchObject({ body: { text: "who?" } });
  });

  test("O8: a reply in doubt is known again with the words before it", async () => {
    const heard = await hear("who comes?", "r1");
    rig.network.fates = ["maybe-delivered", "acked"];
    rig.network.archive = "unknown";
    const reply = await send("me", { replyTo: ref(heard) });
    expect(stateOf(reply)).toBe("in-doubt");
    const echo = message("#home", "alice: me", { id: "e1", from: "self", ts: rig.clock.now() });
    await process.ingest({ source: "live", events: [echo] });
    expect(stateOf(reply)).toBe("sent");
  });

  test("to the one other person of a conversation no name is said, only what is answered", async () => {
    await rig.dispose();
    await start({ kind: "direct" });
    const heard = await hear("who comes?", "r1");
    await send("me", { replyTo: ref(heard) });
    expect(sends().at(-1)).toMatchObject({ body: { text: '<"who comes?"> me' } });
  });
});
