import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KIND } from "../../../src/sync/content/kinds.ts";
import { conversationInfoSchema } from "../../../src/sync/content/bridged.ts";
import type { Batch, Inbound } from "../../../src/bridges/contract/index.ts";
import type { Conversation } from "../../../src/sync/core.ts";
import { Rig } from "./harness/rig.ts";
import { caps, channel, introduce, message, PLAIN, SEC, type ScriptedProcess } from "./harness/scripted-network.ts";
import { rest } from "./harness/test-clock.ts";

let rig: Rig;
let conversation: Conversation;
let process: ScriptedProcess;
let account: string;

beforeEach(async () => {
  rig = await Rig.make();
  ({ account, conversation, process } = await rig.withChannel());
});
afterEach(() => rig.dispose());

const live = (...events: Inbound[]): Batch => ({ source: "live", events });
const history = (...events: Inbound[]): Batch => ({ source: "catchup", events });
const direct = (id: string) => introduce({ id, name: id, caps: caps("direct"), state: "joined" });
const stamped = (key: string) => ({ conv: "#home", key, ts: 1_000, sec: SEC });

describe("nothing lost, nothing twice", () => {
  test("one batch is one transaction: events, cursor and the plugin's state, or nothing of it", async () => {
    const batch: Batch = {
      ...live(message("#home", "one", { id: "1" }), message("#home", "two", { id: "2" })),
      cursor: { scope: "#home", value: "c2" },
      kv: { k: new Uint8Array([1]) },
    };
    const statements = await countStatements(() =>
      process.ingest({
        ...live(message("#home", "zero", { id: "0" })),
        cursor: { scope: "#home", value: "c1" },
        kv: { k: new Uint8Array([0]) },
      }),
    );
    for (let at = 0; at < statements * 2; at++) {
      rig.sql.dieAfter(at);
      const died = await process.ingest(batch).then(
        () => false,
        () => true,
      );
      await rig.restart();
      process = rig.network.process;
      const lines = rig.lines(rig.core.conversationById(conversation.id) as Conversation).map(({ text }) => text);
      const cursor = process.resume?.cursors["#home"];
      const state = process.resume?.kv["k"]?.[0];
      if (died && lines.length === 1) expect({ lines, cursor, state }).toEqual({ lines: ["zero"], cursor: "c1", state: 0 });
      else return expect({ lines, cursor, state }).toEqual({ lines: ["zero", "one", "two"], cursor: "c2", state: 1 });
    }
    expect.unreachable("the batch never got through");
  });

  test("a replayed event is a no-op, within a batch, in a later one and after a restart", async () => {
    const event = message("#home", "hello", { id: "1" });
    expect(await process.ingest(live(event, event))).toEqual({ inserted: 1, duplicates: 1 });
    expect(await process.ingest(history(event))).toEqual({ inserted: 0, duplicates: 1 });
    await rig.restart();
    expect(await rig.network.process.ingest(live(event))).toEqual({ inserted: 0, duplicates: 1 });
    expect(rig.lines(rig.core.conversationById(conversation.id) as Conversation)).toHaveLength(1);
  });

  test("a message that comes back under another key but with its id is the same one", async () => {
    await process.ingest(live(message("#home", "hello", { id: "m1", key: "line-7" })));
    expect(await process.ingest(history(message("#home", "hello", { id: "m1", key: "m1" })))).toEqual({ inserted: 0, duplicates: 1 });
  });

  test("the same key in another conversation, of another kind or on another account is another event", async () => {
    await process.ingest(
      live(direct("bob"), message("#home", "x", { id: "k" }), message("bob", "x", { id: "k" }), {
        ...stamped("k"),
        kind: "gap",
        reason: "a netsplit",
      }),
    );
    const other = await rig.withChannel();
    await other.process.ingest(live(message("#home", "x", { id: "k" })));
    expect(rig.lines(conversation).map(({ shape }) => shape)).toEqual(["text", "gap"]);
    expect(rig.lines(other.conversation)).toHaveLength(1);
  });

  test("null deletes a value of the plugin's state; cursors are by scope", async () => {
    await process.ingest({ ...live(), kv: { a: new Uint8Array([1]), b: new Uint8Array([2]) }, cursor: { scope: "x", value: "1" } });
    await process.ingest({ ...live(), kv: { a: null }, cursor: { scope: "y", value: "2" } });
    await rig.restart();
    expect(rig.network.process.resume).toMatchObject({ kv: { b: new Uint8Array([2]) }, cursors: { x: "1", y: "2" } });
    expect(Object.keys(rig.network.process.resume?.kv ?? {})).toEqual(["b"]);
  });

  test("what could not be heard is a visible line", async () => {
    await process.ingest(live({ ...stamped("g1"), kind: "gap", since: 500, reason: "the server was away" }));
    expect(rig.lines(conversation)).toMatchObject([{ shape: "gap", text: "Messages may be missing here: the server was away" }]);
  });
});

describe("labels at the point of entry", () => {
  test("the label comes from what the host measured, whatever the plugin claims", async () => {
    rig.network.link = PLAIN;
    await process.ingest(live(message("#home", "hello", { id: "1" })));
    expect(rig.lines(conversation)).toMatchObject([
      { label: "plaintext", facts: { link: { kind: "none", verified: false, measuredBy: "host" } } },
    ]);
  });

  test("a link that only the plugin speaks of counts as plaintext", async () => {
    await process.services.ingest(live(message("#home", "hello", { id: "1" })));
    expect(rig.lines(conversation)).toMatchObject([{ label: "plaintext", facts: { link: { kind: "none", measuredBy: "host" } } }]);
  });

  test("the login's mechanism is the plugin's to say, and the manifest's ceiling holds over its end-to-end claims", async () => {
    const sec = { ...SEC, link: { ...SEC.link, mechanism: "SASL PLAIN" }, e2ee: { protocol: "otr", peer: "verified" } as const };
    await process.ingest(live(message("#home", "hello", { id: "1", sec })));
    expect(rig.lines(conversation)).toMatchObject([
      { label: "server-reads", facts: { link: { kind: "tls", version: "TLSv1.3", mechanism: "SASL PLAIN" }, e2ee: { protocol: "otr" } } },
    ]);
  });

  test("history is marked as such and stands at the network's time, but never after its arrival", async () => {
    const now = rig.clock.now();
    await process.ingest(live(message("#home", "live", { id: "1", ts: now - 5_000 })));
    await process.ingest(
      history(
        message("#home", "old", { id: "2", ts: now - 60_000 }),
        message("#home", "from the future", { id: "3", ts: now + 3_600_000 }),
      ),
    );
    expect(rig.lines(conversation).map(({ facts }) => facts.source)).toEqual(["live", "history", "history"]);
    const places = rig.lines(conversation).map(({ row }) => rig.core.entry(row)?.place.ms);
    expect(places).toEqual([now, now - 60_000, now]);
  });

  test("history without a time stands where it came in", async () => {
    await process.ingest(history(message("#home", "when?", { id: "1", ts: 0 })));
    expect(rig.core.entry(rig.lines(conversation)[0]?.row ?? 0)?.place.ms).toBe(rig.clock.now());
  });

  test("facts that are longer than an entry takes are cut, so that the line can be read", async () => {
    rig.network.link = { ...rig.network.link, certificate: { sha256: "ab", issuer: "x".repeat(2_000) } };
    await process.ingest(live(message("#home", "hello", { id: "1" })));
    expect(rig.lines(conversation)[0]?.facts.link.certificate?.issuer).toHaveLength(512);
  });
});

describe("only what the person asked for", () => {
  test("a channel that the person did not open stays out, and comes in once it is open", async () => {
    const event = message("#other", "psst", { id: "1" });
    expect(await process.ingest(live(introduce(channel("#other")), event))).toEqual({ inserted: 0, duplicates: 0 });
    expect(rig.core.conversations()).toHaveLength(2);
    const other = await rig.host.open(account, "#other");
    expect(await process.ingest(live(event))).toEqual({ inserted: 1, duplicates: 0 });
    expect(rig.lines(other)).toHaveLength(1);
  });

  test("a private message by somebody else opens its conversation by itself; a backfill does not", async () => {
    await process.ingest({ source: "backfill", events: [direct("bob"), message("bob", "long ago", { id: "0", from: "bob" })] });
    expect(bridged()).toHaveLength(1);
    await process.ingest(live(message("bob", "hi", { id: "1", from: "bob" })));
    const opened = bridged().find(({ founding }) => founding.kind === "bridge" && founding.conv === "bob") as Conversation;
    expect(rig.lines(opened)).toMatchObject([{ text: "hi", from: { id: "bob", name: "bob", self: false } }]);
    expect(infos(opened)).toMatchObject([{ name: "bob", kind: "direct", open: true }]);
  });

  test("a closed channel stays closed; a closed private conversation opens again with the next message", async () => {
    await process.ingest(live(direct("bob"), message("bob", "hi", { id: "1", from: "bob" })));
    const bob = bridged().find(({ founding }) => founding.kind === "bridge" && founding.conv === "bob") as Conversation;
    await rig.host.close(bob.row);
    await rig.host.close(conversation.row);
    await process.ingest(live(message("bob", "are you there?", { id: "2", from: "bob" }), message("#home", "anyone?", { id: "3" })));
    expect(rig.lines(bob)).toHaveLength(2);
    expect(rig.lines(conversation)).toHaveLength(0);
    expect(infos(bob).map(({ open }) => open)).toEqual([true, false, true]);
  });

  test("what comes while a channel is being opened is not lost", async () => {
    rig.network.openResult = async (target, opening) => {
      await opening.ingest(
        live(
          introduce(channel(target)),
          { ...stamped("t"), conv: target, kind: "topic", topic: "Welcome" },
          message(target, "early", { id: "e1" }),
        ),
      );
      return channel(target);
    };
    const opened = await rig.host.open(account, "#new");
    expect(rig.lines(opened).map(({ text }) => text)).toEqual(["The topic is: Welcome", "early"]);
    expect(infos(opened).at(-1)).toMatchObject({ open: true, topic: "Welcome" });
  });

  test("what comes while opening fails is not shown as open, then or after a restart", async () => {
    rig.network.openResult = async (target, opening) => {
      await opening.ingest(live(message(target, "early", { id: "e1" })));
      throw new Error("the plugin is confused");
    };
    await expect(rig.host.open(account, "#new")).rejects.toThrow("confused");
    expect(await process.ingest(live(message("#new", "late", { id: "e2" })))).toEqual({ inserted: 0, duplicates: 0 });
    await rig.restart();
    expect(rig.network.process.resume?.conversations).toEqual(["#home"]);
  });

  test("J4: everything bridged lies in conversations for the person's own devices only", async () => {
    await process.ingest(live(direct("bob"), message("bob", "hi", { id: "1", from: "bob" }), message("#home", "hello", { id: "2" })));
    for (const known of rig.core.conversations()) {
      const kinds = rig.bodies(known).map(({ kind }) => kind);
      if (kinds.includes(KIND.bridged)) expect(known.founding).toMatchObject({ kind: "bridge", account: rig.person.account });
    }
    expect(rig.core.conversations().filter(({ founding }) => founding.kind === "self")).toHaveLength(1);
  });
});

describe("lines, people and changes", () => {
  test("who came, went or changed is a line in words by the host, and changes who is there", async () => {
    const line = (key: string, change: "join" | "part" | "kick" | "nick" | "mode", more: object): Inbound => ({
      ...stamped(key),
      kind: "membership",
      change,
      user: "alice",
      ...more,
    });
    await process.ingest(
      live(line("1", "join", {}), line("2", "nick", { to: "alicia" }), {
        ...line("3", "mode", { by: "op", text: "+o alicia" }),
        user: "alicia",
      } as Inbound),
    );
    expect(rig.lines(conversation).map(({ shape, text, from }) => [shape, from.id, text])).toEqual([
      ["join", "alice", "alice joined"],
      ["nick", "alice", "alice is now known as alicia"],
      ["mode", "op", "op set +o alicia"],
    ]);
    expect(rig.host.members(conversation.row)).toEqual([{ id: "alicia", name: "alicia", state: "join" }]);
    await process.ingest(live({ ...line("4", "kick", { by: "op", text: "flood" }), user: "alicia" } as Inbound));
    expect(rig.lines(conversation).at(-1)?.text).toBe("alicia was removed by op: flood");
    expect(rig.host.members(conversation.row)).toEqual([]);
  });

  test("a list of members replaces or changes what is known, and is no line", async () => {
    const members = (mode: "snapshot" | "delta", ...set: object[]) => ({ ...stamped("m"), kind: "members", mode, set }) as Inbound;
    await process.ingest(live(members("snapshot", { user: "a", role: "operator", state: "join" }, { user: "b", state: "join" })));
    await process.ingest(live(members("delta", { user: "b", state: "leave" }, { user: "c", state: "invite" })));
    expect(rig.host.members(conversation.row).sort((x, y) => x.id.localeCompare(y.id))).toEqual([
      { id: "a", name: "a", role: "operator", state: "join" },
      { id: "c", name: "c", state: "invite" },
    ]);
    expect(rig.lines(conversation)).toEqual([]);
  });

  test("a conversation's entry is written only when something that people see has changed", async () => {
    const before = infos(conversation).length;
    await process.ingest(live(introduce(channel("#home")), { ...introduce(channel("#home")), patch: { url: "irc://x" } } as Inbound));
    expect(infos(conversation)).toHaveLength(before);
    await process.ingest(
      live({ ...stamped("t1"), kind: "topic", topic: "Bread", from: "alice" }, {
        ...introduce(channel("#home")),
        patch: { caps: caps("channel", 300) },
      } as Inbound),
    );
    expect(infos(conversation).slice(before)).toMatchObject([{ topic: "Bread" }, { topic: "Bread", maxBytes: 300 }]);
    expect(rig.lines(conversation).at(-1)?.text).toBe("alice changed the topic to: Bread");
  });

  test("people are called as the network calls them; we are called by our own name", async () => {
    const known: Inbound = { ...stamped("u"), kind: "user", user: "u1", patch: { name: "Alice Example" } };
    await process.ingest(
      live(known, message("#home", "hi", { id: "1", from: "u1" }), message("#home", "from my other client", { id: "2", from: "self" })),
    );
    expect(rig.lines(conversation).map(({ from }) => from)).toEqual([
      { id: "u1", name: "Alice Example", self: false },
      { id: "me", name: "Me", self: true },
    ]);
  });

  test("what nobody said, such as a notice of the server, is said by the conversation", async () => {
    await process.ingest(
      live({ ...message("#home", "Welcome", { id: "1" }), from: undefined }, { ...stamped("t"), kind: "topic", topic: "" }),
    );
    expect(rig.lines(conversation).map(({ from, text }) => [from.name, from.self, text])).toEqual([
      ["#home", false, "Welcome"],
      ["#home", false, "There is no topic"],
    ]);
  });

  test("a reply names the entry that it answers", async () => {
    await process.ingest(
      live(
        message("#home", "question", { id: "q" }),
        message("#home", "answer", { id: "a", replyTo: { conv: "#home", id: "q" } }),
        message("#home", "?", { id: "b", replyTo: { conv: "#home", id: "unknown" } }),
      ),
    );
    const [question, answer, lost] = rig.lines(conversation);
    expect(answer?.replyTo).toMatchObject({ seq: rig.core.entry(question?.row ?? 0)?.seq });
    expect(lost?.replyTo).toBeUndefined();
  });

  test("an edit by who said the message, and reactions, are entries of their kinds; anybody else's edit is a line", async () => {
    const target = { conv: "#home", id: "1" };
    const edit = (key: string, from: string) =>
      ({ ...stamped(key), kind: "edit", target, rev: key, body: { text: `by ${from}` }, from }) as const;
    const react = (key: string, set: string[]) => ({ ...stamped(key), kind: "reactions", target, user: "bob", set }) as const;
    await process.ingest(live(message("#home", "tpyo", { id: "1", from: "alice" }), edit("e1", "alice"), edit("e2", "bob")));
    await process.ingest(live(react("r1", ["👍", "two words"]), react("r2", []), react("r1", ["👍"]), edit("e1", "alice")));
    expect(rig.lines(conversation).map(({ text, from }) => [text, from.name])).toEqual([
      ["tpyo", "alice"],
      ["(edited) by bob", "bob"],
    ]);
    const bodies = (kind: number) => rig.bodies(conversation, kind).map(({ body }) => body);
    expect(bodies(KIND.heardEdit)).toMatchObject([{ text: "by alice", from: { id: "alice", self: false }, label: "server-reads" }]);
    expect(bodies(KIND.heardReactions)).toMatchObject([{ set: ["👍"], from: { id: "bob" } }, { set: [] }]);
  });

  test("who said a message may take it back everywhere, and a moderator of the room; nobody else", async () => {
    const texts = () => rig.bodies(conversation, KIND.bridged).map(({ body }) => (body as { text: string } | undefined)?.text);
    const remove = (id: string, from: string, by?: string) =>
      ({ ...stamped(`d${id}${from}`), kind: "delete", target: { conv: "#home", id }, from, ...(by ? { by } : {}) }) as const;
    await process.ingest(live(...["1", "2", "3"].map((id) => message("#home", `said ${id}`, { id, from: "alice" }))));
    await process.ingest(live(remove("1", "alice"), remove("2", "bob"), remove("3", "#home", "op"), remove("unknown", "alice")));
    expect(texts()).toEqual([undefined, "said 2", undefined, "alice deleted a message", "op deleted a message"]);
  });

  test("hostile text is kept whole as far as an entry takes it, and never breaks the line", async () => {
    const half = "\ud800";
    await process.ingest(
      live(
        message("#home", `a\u0000\u202e${half}b`, { id: "1" }),
        message("#home", "x".repeat(70_000), { id: "2", from: "y".repeat(600) }),
      ),
    );
    const [odd, long] = rig.lines(conversation);
    expect(odd?.text).toBe("a\u0000\u202e\ufffdb");
    expect(long?.text).toHaveLength(64 * 1024);
    expect(long?.from.id).toHaveLength(512);
  });

  test("typing and presence are shown to whoever is connected and never stored; a flood of them is dropped", async () => {
    const before = rig.core.store.lastRow();
    const typing = (n: number): Inbound => ({ ...stamped(`t${n}`), kind: "typing", user: `u${n}`, on: true, ttlMs: 5_000 });
    await process.ingest(live(...Array.from({ length: 500 }, (_, n) => typing(n))));
    await process.ingest(live({ ...typing(1), conv: "#elsewhere" }));
    expect(rig.ephemeral).toHaveLength(50);
    expect(rig.ephemeral[0]).toMatchObject({ account, conversation: conversation.row, event: { kind: "typing", user: "u0" } });
    expect(rig.core.store.lastRow()).toBe(before);
  });
});

test("a plugin that keeps too much is refused, and what it kept stays as it was", async () => {
  await process.ingest({ ...live(), kv: { mine: new Uint8Array([1]) } });
  const many = Object.fromEntries(Array.from({ length: 20_001 }, (_, n) => [`k${n}`, new Uint8Array(1)]));
  await expect(process.ingest({ ...live(message("#home", "x", { id: "1" })), kv: many })).rejects.toMatchObject({ code: "too-large" });
  expect(rig.lines(conversation)).toEqual([]);
  await rig.restart();
  expect(Object.keys(rig.network.process.resume?.kv ?? {})).toEqual(["mine"]);
});

function bridged(): Conversation[] {
  return rig.core.conversations().filter(({ founding }) => founding.kind === "bridge");
}

function infos(of: Conversation) {
  return rig.bodies(of, KIND.conversationInfo).map(({ body }) => conversationInfoSchema.parse(body));
}

async function countStatements(run: () => Promise<unknown>): Promise<number> {
  const before = rig.sql.count;
  await run();
  await rest();
  return rig.sql.count - before;
}
