import irc from "irc-framework";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { Batch } from "../../../src/bridges/irc/batches.ts";
import { readConfig } from "../../../src/bridges/irc/config.ts";
import { Conversations } from "../../../src/bridges/irc/conversations.ts";
import { DEFAULT_SUPPORT } from "../../../src/bridges/irc/isupport.ts";
import { PlaybackIds } from "../../../src/bridges/irc/keys.ts";
import { learnSelf, readLine } from "../../../src/bridges/irc/read-line.ts";
import { Rooms } from "../../../src/bridges/irc/rooms.ts";
import type { Draft, Scene } from "../../../src/bridges/irc/scene.ts";

let scene: Scene;
let number: number;

beforeEach(() => {
  const conversations = new Conversations(["#a", "#b", "bob"]);
  const support = { ...DEFAULT_SUPPORT, statusTargets: "@+" };
  conversations.use(support);
  scene = {
    config: readConfig({ host: "irc.test", nick: "alice" }),
    conversations,
    support,
    self: { nick: "alice", user: "a", host: "h" },
    rooms: new Rooms(),
    likeness: new PlaybackIds(),
  };
  number = 0;
});

/** What the lines mean, introductions of conversations aside. */
function read(...lines: string[]): Draft[] {
  return all(...lines).filter((draft) => !(draft.kind === "conv" && draft.patch.caps));
}

function all(...lines: string[]): Draft[] {
  return lines.flatMap((text) => readAs(undefined, text));
}

function readAs(batch: Batch | undefined, text: string): Draft[] {
  number += 1;
  const incoming = { message: irc.ircLineParser(text), number, batch };
  learnSelf(incoming, scene);
  return readLine(incoming, scene, "nonce");
}

function inRoom(...names: string[]): void {
  all(":alice!a@h JOIN #a", `:s 353 alice = #a :@alice ${names.join(" ")}`, ":s 366 alice #a :End");
}

const members = (room: string) => [...(scene.rooms.get(room)?.people.values() ?? [])].map(({ nick, modes }) => `${modes}:${nick}`);

describe("messages", () => {
  test("in a channel, by the server's id and without formatting codes", () => {
    inRoom("bob");
    expect(read("@msgid=m1;time=2026-01-01T00:00:00.000Z :Bob!b@h PRIVMSG #A :\x02hi\x02 Alice")).toEqual([
      {
        kind: "message",
        conv: "#a",
        key: "m1",
        id: "m1",
        from: "Bob",
        style: "text",
        body: { text: "hi Alice", format: "plain", raw: "\x02hi\x02 Alice" },
        mentionsMe: true,
      },
    ]);
  });

  test("without an id they are known by connection and line", () => {
    inRoom();
    const [one, two] = read(":bob!b@h PRIVMSG #a :x", ":bob!b@h PRIVMSG #a :x");
    expect([one?.key, two?.key]).toEqual(["nonce:4", "nonce:5"]);
  });

  test("private ones are in the conversation with the other, whoever spoke", () => {
    expect(read(":Bob!b@h PRIVMSG alice :hi", ":alice!a@h PRIVMSG Bob :from my other client")).toMatchObject([
      { conv: "bob", from: "Bob", body: { text: "hi" } },
      { conv: "bob", from: "self", body: { text: "from my other client" } },
    ]);
  });

  test("a stranger's private message introduces the conversation once, as its nick is written", () => {
    expect(all(":Carol!c@h PRIVMSG alice :1", ":Carol!c@h PRIVMSG alice :2").map(({ kind }) => kind)).toEqual([
      "conv",
      "message",
      "message",
    ]);
    expect(all(":Dave!c@h PRIVMSG alice :1")[0]).toMatchObject({
      kind: "conv",
      conv: "dave",
      patch: { name: "Dave", caps: { kind: "direct" } },
    });
  });

  test("actions, notices, replies, and messages for operators only", () => {
    inRoom();
    expect(
      read(":bob!b@h PRIVMSG #a :\x01ACTION waves\x01", ":bob!b@h NOTICE #a :n", "@+draft/reply=m1 :bob!b@h PRIVMSG @#a :r"),
    ).toMatchObject([
      { style: "action", body: { text: "waves" } },
      { style: "notice", body: { text: "n" } },
      { conv: "#a", replyTo: { conv: "#a", id: "m1" } },
    ]);
  });

  test("CTCP requests and answers are no messages and get no answer; DCC is refused in words", () => {
    expect(
      read(":bob!b@h PRIVMSG alice :\x01VERSION\x01", ":bob!b@h NOTICE alice :\x01VERSION x\x01", ":bob!b@h PRIVMSG alice :\x01\x01"),
    ).toEqual([]);
    expect(read(":bob!b@h PRIVMSG alice :\x01DCC SEND x.exe 2130706433 5000 10\x01")).toMatchObject([
      { style: "notice", from: "bob", body: { text: expect.stringMatching(/^offers a file \(x\.exe\).*does not take it/) } },
    ]);
  });

  test("nobody is taken for us: a nick called self", () => {
    inRoom();
    expect(read(":self!x@h PRIVMSG #a :I am you")[0]).toMatchObject({ from: "self!" });
  });

  test("what the server says is in its own conversation", () => {
    expect(all(":irc.test NOTICE alice :*** hello", ":irc.test 499 alice #x :strange error")).toMatchObject([
      { kind: "conv", conv: "*server", patch: { caps: { kind: "group" } } },
      { kind: "message", conv: "*server", from: "irc.test", style: "notice", body: { text: "*** hello" } },
      { kind: "message", conv: "*server", body: { text: "#x strange error" } },
    ]);
  });

  test("played back without ids they are known by who said what when; who came and went then changes nothing now", () => {
    inRoom();
    const batch = {
      type: "znc.in/playback",
      target: undefined,
      parent: undefined,
      label: undefined,
      playback: new PlaybackIds(),
      depth: 1,
    };
    const line = "@time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #a :x";
    const keys = [readAs(batch, line), readAs(batch, line)].flat().map(({ key }) => key);
    expect(new Set(keys).size).toBe(2);
    expect(keys[0]).toMatch(/^played:/);
    expect(readAs(batch, ":carol!c@h JOIN #a")).toEqual([]);
    expect(members("#a")).toEqual(["o:alice"]);
    expect(readAs(batch, "@msgid=m9 :bob!b@h PRIVMSG #a :x")[0]?.key).toBe("m9");
  });
});

describe("who comes and goes", () => {
  test("the list of names, with ranks, in parts of 500", () => {
    all(":alice!a@h JOIN #a");
    const names = Array.from({ length: 1200 }, (_, n) => `+n${n}!u@h`);
    for (let at = 0; at < names.length; at += 100) all(`:s 353 alice = #a :${names.slice(at, at + 100).join(" ")}`);
    const lists = read(":s 366 alice #a :End");
    expect(lists.map((draft) => (draft.kind === "members" ? [draft.mode, draft.set.length] : draft.kind))).toEqual([
      ["snapshot", 500],
      ["delta", 500],
      ["delta", 200],
    ]);
    expect(lists[0]).toMatchObject({ set: expect.arrayContaining([{ user: "n0", state: "join", role: "voice" }]) });
  });

  test("join, part and kick are lines with their reasons", () => {
    inRoom();
    const drafts = read(":carol!c@h JOIN #a", ":carol!c@h PART #a :bye", ":dave!d@h JOIN #a", ":bob!b@h KICK #a dave :out");
    expect(drafts.filter(({ kind }) => kind === "membership")).toMatchObject([
      { change: "join", user: "carol" },
      { change: "part", user: "carol", text: "bye" },
      { change: "join", user: "dave" },
      { change: "kick", user: "dave", by: "bob", text: "out" },
    ]);
    expect(members("#a")).toEqual(["o:alice"]);
  });

  test("who quits or takes another nick does so in each conversation concerned, the private one too", () => {
    inRoom("bob", "+carol");
    all(":alice!a@h JOIN #b", ":s 353 alice = #b :alice bob", ":s 366 alice #b :End");
    const lines = (drafts: Draft[]) =>
      drafts.flatMap((draft) => (draft.kind === "membership" ? [`${draft.conv} ${draft.change} ${draft.user} ${draft.to ?? ""}`] : []));
    expect(lines(read(":bob!b@h NICK :Robert"))).toEqual([
      "#a nick bob Robert",
      "#b nick bob Robert",
      "bob nick bob Robert",
      "robert nick bob Robert",
    ]);
    expect(lines(read(":carol!c@h NICK caro"))).toEqual(["#a nick carol caro"]);
    expect(members("#a")).toEqual(["o:alice", ":Robert", "v:caro"]);
    expect(lines(read(":Robert!b@h QUIT :gone"))).toEqual(["#a quit Robert ", "#b quit Robert "]);
    expect(members("#b")).toEqual([":alice"]);
  });

  test("modes are one line, and ranks follow them", () => {
    inRoom("bob", "carol");
    const drafts = read(":alice!a@h MODE #a +ovl-k bob carol 10 key");
    expect(drafts).toMatchObject([
      { kind: "membership", change: "mode", user: "alice", from: "self", text: "+ovl-k bob carol 10 key" },
      {
        kind: "members",
        mode: "delta",
        set: [
          { user: "bob", role: "operator" },
          { user: "carol", role: "voice" },
        ],
      },
    ]);
    read(":s MODE #a -o+b bob *!*@bad");
    expect(members("#a")).toEqual(["o:alice", ":bob", "v:carol"]);
  });

  test("put out ourselves: the reason, then that we are out", () => {
    inRoom();
    expect(all(":bob!b@h KICK #a alice :behave")).toMatchObject([
      { kind: "membership", change: "kick", user: "alice", from: "bob", by: "bob", text: "behave" },
      { kind: "conv", conv: "#a", patch: { state: "left" } },
    ]);
    expect(scene.rooms.get("#a")).toBeUndefined();
  });

  test("our own nick changes us and our mentions", () => {
    inRoom();
    read(":alice!a@h NICK :alice2");
    expect(scene.self.nick).toBe("alice2");
    expect(read(":bob!b@h PRIVMSG #a :hey alice2", ":bob!b@h PRIVMSG #a :hey alice")).toMatchObject([
      { mentionsMe: true },
      { body: { text: "hey alice" } },
    ]);
  });

  test("an invitation says who and where, and makes the channel known as one to be opened", () => {
    expect(all(":carol!c@h INVITE alice #party")).toMatchObject([
      { kind: "conv", conv: "#party", patch: { state: "invited" } },
      { kind: "conv", conv: "carol" },
      { kind: "message", conv: "carol", from: "carol", style: "notice", body: { text: "invites you to #party." } },
    ]);
  });

  test("the topic as told on joining is state, as changed it is a line", () => {
    inRoom();
    expect(read(":s 332 alice #a :old", ":s 331 alice #a :none", ":bob!b@h TOPIC #a :new")).toMatchObject([
      { kind: "conv", patch: { topic: "old" } },
      { kind: "conv", patch: { topic: "" } },
      { kind: "topic", from: "bob", topic: "new" },
    ]);
  });

  test("away is told where the person has a conversation open", () => {
    expect(read(":bob!b@h AWAY :lunch", ":bob!b@h AWAY", ":s 301 alice bob :lunch", ":carol!c@h AWAY :x")).toMatchObject([
      { kind: "presence", conv: "bob", user: "bob", state: "away", text: "lunch" },
      { kind: "presence", state: "online" },
      { kind: "presence", state: "away" },
    ]);
  });
});

describe("hostile lines", () => {
  test.each([
    "JOIN",
    "JOIN #a",
    ":alice!a@h JOIN",
    ":b!b@h KICK #a",
    "NICK",
    ":b NICK",
    "MODE #a",
    ":s 353",
    ":s 366 x",
    "TOPIC",
    "INVITE",
    ":s 332",
    "PRIVMSG",
    ":b!b@h PRIVMSG #a",
    "NOTICE",
  ])("%j is nothing to fall over", (line) => {
    inRoom("b");
    expect(() => all(line)).not.toThrow();
  });

  test("whatever comes, ids fit the contract and no text controls a terminal", () => {
    const part = fc.oneof(
      fc.string({ unit: "binary", maxLength: 400 }),
      fc.constantFrom("#a", "alice", "bob", "*", "@#a", "#".repeat(300), "\x01ACTION x", "\u202ex\u202c"),
    );
    const command = fc.constantFrom(
      "PRIVMSG",
      "NOTICE",
      "JOIN",
      "PART",
      "KICK",
      "QUIT",
      "NICK",
      "MODE",
      "INVITE",
      "TOPIC",
      "AWAY",
      "353",
      "366",
      "332",
      "301",
      "404",
      "FAIL",
    );
    const line = fc.tuple(
      fc.constantFrom("", "@msgid=x ", `@msgid=${"y".repeat(5000)};time=9999-01-01T00:00:00Z `),
      part,
      command,
      fc.array(part, { maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        for (const [tags, source, verb, params] of lines) {
          for (const draft of all(`${tags}:${source} ${verb} ${params.join(" ")}`.replaceAll(/[\r\n\0]/g, "?"))) {
            expect(Buffer.byteLength(draft.conv)).toBeLessThanOrEqual(200);
            if (draft.kind === "message") expect(Buffer.byteLength(draft.id)).toBeLessThanOrEqual(512);
            if (draft.kind === "message") expect(draft.body.text).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/);
          }
        }
      }),
    );
  });
});

describe("how others see us", () => {
  test("is learnt from our own lines and from changes of our host", () => {
    read(":alice!~al@cloak.example JOIN #a");
    expect(scene.self).toEqual({ nick: "alice", user: "~al", host: "cloak.example" });
    read(":s 396 alice vhost.example :is now your displayed host");
    expect(scene.self.host).toBe("vhost.example");
    read(":alice!~al@vhost.example CHGHOST new other.example");
    expect(scene.self).toEqual({ nick: "alice", user: "new", host: "other.example" });
  });
});
