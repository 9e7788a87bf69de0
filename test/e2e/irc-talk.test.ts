import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChatRow } from "../../src/api/chats.ts";
import type { WatchEvent } from "../../src/api/messages.ts";
import { type CliProcess, eventually, type Homeport, pair, type World, world } from "../harness/homeport.ts";
import { certificates } from "../servers/certs.ts";
import { type Inspircd, inspircd } from "../servers/inspircd.ts";
import { type IrcPeer, ircPeer } from "../servers/irc-peer.ts";
import { requireServer } from "../servers/require-server.ts";
import { addIrc, becomes, heard, history, messagesOf, open, overTls, statesOf } from "./irc.ts";

const irc = await requireServer("irc", "bwrap");

describe.skipIf(!irc.ok)("IRC by TLS, from another person to the phone and back", () => {
  let place: World;
  let home: Homeport;
  let phone: Homeport;
  let server: Inspircd;
  let bob: IrcPeer;
  let account: string;
  let channel: string;
  let onPhone: CliProcess;

  beforeAll(async () => {
    place = await world();
    server = await inspircd();
    ({ home, phone } = await pair(place));
    account = await addIrc(home, { ...(await overTls(server)), nick: "alice" });
    channel = await open(home, account, "#talk");
    bob = await ircPeer({ port: server.port, nick: "bob" });
    await bob.join("#talk");
    onPhone = await phone.watch();
  });
  afterAll(async () => {
    await bob?.close();
    await place?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const direct = async () => (await phone.json<ChatRow[]>("chats")).find(({ kind, name }) => kind === "direct" && name === "bob");

  describe("in", () => {
    test("a channel message reaches the phone with its author, its label and the facts behind it", async () => {
      bob.say("#talk", "hello from bob, é😀");
      const message = await heard(onPhone, "hello from bob, é😀");
      expect(message).toMatchObject({
        conversation: channel,
        from: { name: "bob", self: false },
        kind: "text",
        state: "received",
        label: "server-reads",
        trust: null,
      });
      const { sha256 } = (await certificates()).server;
      expect(message.facts).toMatchObject({
        source: "live",
        link: { kind: "tls", verified: true, server: "127.0.0.1", measuredBy: "host", certificate: { sha256 } },
      });
      expect(message.facts).toHaveProperty("link.version", expect.stringMatching(/^TLSv1\.[23]$/));
      expect(Math.abs(message.ts - Date.now())).toBeLessThan(60_000);
      expect((await history(home, channel)).find(({ id }) => id === message.id)).toMatchObject({
        text: message.text,
        label: message.label,
      });
    });

    test("a private message opens a conversation of its own on both devices", async () => {
      bob.say("alice", "psst");
      const message = await heard(onPhone, "psst");
      expect(message.conversation).not.toBe(channel);
      expect(await direct()).toMatchObject({ conversation: message.conversation, account, network: "irc", label: "server-reads" });
      expect((await home.json<ChatRow[]>("chats")).map(({ conversation }) => conversation)).toContain(message.conversation);
    });

    test("notices and actions are told apart from texts", async () => {
      bob.notice("#talk", "a notice");
      bob.action("#talk", "waves");
      expect((await heard(onPhone, "a notice")).kind).toBe("notice");
      expect((await heard(onPhone, "waves")).kind).toBe("action");
    });

    test("each message comes once, in the order in which it was said, on both devices", async () => {
      const texts = Array.from({ length: 200 }, (_, i) => `line ${i}`);
      for (const text of texts) bob.say("#talk", text);
      await heard(onPhone, "line 199");
      const lines = messagesOf(onPhone).map(({ text }) => text);
      expect(lines.filter((text) => /^line \d+$/.test(text))).toEqual(texts);
      for (const device of [home, phone]) {
        expect((await history(device, channel)).map(({ text }) => text).filter((text) => /^line \d+$/.test(text))).toEqual(texts);
      }
    });

    test("control characters of other people are harmless on the screen", async () => {
      bob.say("#talk", "evil \u001b[2J\u202edrow");
      const message = await heard(onPhone, ({ text }) => text.startsWith("evil "));
      const { stdout } = await phone.plainly("read", message.conversation, "--limit", "1");
      expect(stdout).not.toContain("\u001b");
      expect(stdout).not.toContain("\u202e");
      expect(stdout).toContain("evil ");
    });
  });

  describe("out", () => {
    test("what the phone sends arrives, and its states are queued, then sent, with the label it travelled under", async () => {
      const { id } = await phone.json<{ id: string }>("send", channel, "hi bob, from my phone");
      expect(await bob.waitFor(/PRIVMSG #talk :hi bob/)).toContain(":alice!");
      await becomes(onPhone, id, "sent");
      expect(statesOf(onPhone, id)).toEqual(["queued", "sent"]);
      const sent = onPhone.events<WatchEvent>().find((event) => event.event === "state" && event.id === id);
      expect(sent).toMatchObject({ state: "sent", label: "server-reads", facts: { link: { kind: "tls", verified: true } } });
      for (const device of [home, phone]) {
        expect((await history(device, channel)).filter(({ text }) => text === "hi bob, from my phone")).toMatchObject([
          { id, state: "sent", label: "server-reads", from: { self: true } },
        ]);
      }
    });

    test("send --wait ends when the network has it, from either device", async () => {
      expect(await phone.json("send", channel, "waited for on the phone", "--wait")).toMatchObject({ state: "sent" });
      expect(await home.json("send", channel, "waited for at home", "--wait")).toMatchObject({ state: "sent" });
      await bob.waitFor(/waited for on the phone/);
      await bob.waitFor(/waited for at home/);
    });

    test("a private answer goes to the person", async () => {
      bob.say("alice", "are you there?");
      const { conversation } = await heard(onPhone, "are you there?");
      expect(await phone.json("send", conversation, "yes, here", "--wait")).toMatchObject({ state: "sent" });
      expect(await bob.waitFor(/PRIVMSG bob :yes, here/)).toContain("alice");
    });

    test("a conversation may be named as `chats` shows it", async () => {
      await phone.json("send", "#talk", "by name", "--wait");
      await bob.waitFor(/PRIVMSG #talk :by name/);
    });

    test("styles and replies are carried", async () => {
      await phone.json("send", channel, "dances", "--style", "action", "--wait");
      await bob.waitFor(/PRIVMSG #talk :\u0001ACTION dances\u0001/);
      await phone.json("send", channel, "take note", "--style", "notice", "--wait");
      await bob.waitFor(/NOTICE #talk :take note/);
      bob.say("#talk", "a question");
      const question = await heard(onPhone, "a question");
      const { id } = await phone.json<{ id: string }>("send", channel, "an answer", "--reply-to", question.id, "--wait");
      expect((await history(phone, channel, 5)).find((message) => message.id === id)).toMatchObject({ replyTo: question.id });
    });

    test("a text that is too long for one line arrives whole, in lines, as one message", async () => {
      const words = Array.from({ length: 300 }, (_, i) => `wörd${i}`).join(" ");
      const { id } = await phone.json<{ id: string }>("send", channel, words, "--wait");
      const last = await bob.waitFor(/PRIVMSG #talk :.*wörd299/);
      expect(last.length).toBeLessThanOrEqual(512);
      const lines = bob.matching(/:alice!\S+ PRIVMSG #talk :wörd/).map((line) => line.replace(/^.*PRIVMSG #talk :/, ""));
      expect(lines.length).toBeGreaterThan(1);
      expect(lines.join(" ").replaceAll(/\s+/g, " ")).toBe(words);
      expect((await history(phone, channel, 50)).filter(({ text }) => text.includes("wörd299"))).toMatchObject([
        { id, text: words, state: "sent" },
      ]);
    });

    test("a text with line breaks becomes lines of its own and never a command", async () => {
      await phone.run(["send", channel, "-"], { input: "first line\r\nPRIVMSG bob :injected\nQUIT :gone\n" });
      await bob.waitFor(/PRIVMSG #talk :QUIT :gone/);
      expect(bob.matching(/:alice!\S+ PRIVMSG bob :injected/)).toEqual([]);
      expect(bob.matching(/:alice!\S+ QUIT/)).toEqual([]);
    });

    test("what cannot be delivered on the network fails with the network's reason", async () => {
      const nobody = await open(phone, account, "nobodyhere");
      const refused = await phone.refusal("send", nobody, "hello?", "--wait");
      expect(refused).toMatchObject({ exit: 1, message: expect.stringMatching(/\w/) });
      expect(JSON.parse(refused.stdout)).toMatchObject({ state: "failed" });
    });
  });

  describe("read markers and cursors", () => {
    const unread = async (device: Homeport) =>
      (await device.json<ChatRow[]>("chats")).find(({ conversation }) => conversation === channel)?.unread;

    test("unread counts others' messages on both devices; read --mark on one clears it on both", async () => {
      await phone.rows("read", channel, "--mark");
      await eventually("nothing unread", async () => (await unread(home)) === 0 || undefined);
      bob.say("#talk", "unread one");
      bob.say("#talk", "unread two");
      await heard(onPhone, "unread two");
      expect(await unread(phone)).toBe(2);
      expect(await unread(home)).toBe(2);
      await home.rows("read", channel, "--mark");
      await eventually("nothing unread on the phone", async () => (await unread(phone)) === 0 || undefined);
    });

    test("chats shows the newest message, and what the next one would get", async () => {
      bob.say("#talk", "the newest");
      await heard(onPhone, "the newest");
      const row = (await phone.json<ChatRow[]>("chats")).find(({ conversation }) => conversation === channel);
      expect(row).toMatchObject({ name: "#talk", kind: "channel", network: "irc", account, label: "server-reads" });
      expect(row?.last).toMatchObject({ text: "the newest", from: "bob", label: "server-reads" });
    });

    test("read --before pages back without a hole", async () => {
      const all = await history(phone, channel);
      const newest = await phone.rows<{ id: string }>("read", channel, "--limit", "7");
      const before = await phone.rows<{ id: string }>("read", channel, "--limit", "7", "--before", newest[0]?.id ?? "");
      expect([...before, ...newest].map(({ id }) => id)).toEqual(all.slice(-14).map(({ id }) => id));
    });

    test("watch --after goes on after its cursor over a restart of the daemon, and misses and repeats nothing", async () => {
      bob.say("#talk", "before the cursor");
      await heard(onPhone, "before the cursor");
      const events = onPhone.events<WatchEvent>();
      const cursor = events.findLast((event) => event.event === "message" && event.message.text === "before the cursor")?.cursor ?? "";
      await phone.kill();
      for (let i = 0; i < 20; i++) bob.say("#talk", `while away ${i}`);
      await eventually(
        "home has it",
        async () => (await history(home, channel, 3)).some(({ text }) => text === "while away 19") || undefined,
      );
      await phone.start();
      onPhone = await phone.watch({ after: cursor });
      await heard(onPhone, "while away 19");
      bob.say("#talk", "live again");
      await heard(onPhone, "live again");
      const texts = messagesOf(onPhone).map(({ text }) => text);
      expect(texts).not.toContain("before the cursor");
      expect(texts.filter((text) => text.startsWith("while away"))).toEqual(Array.from({ length: 20 }, (_, i) => `while away ${i}`));
    });

    test("a watch of one conversation shows no other", async () => {
      const only = await phone.watch({ conversation: channel });
      bob.say("alice", "not here");
      bob.say("#talk", "but here");
      await heard(only, "but here");
      await heard(onPhone, "not here");
      expect(messagesOf(only).map(({ text }) => text)).not.toContain("not here");
      await only.stop();
    });

    test("a cursor of another device is refused", async () => {
      expect(await phone.refusal("watch", "--after", "c999999999")).toMatchObject({ exit: 1, code: "bad-cursor" });
      expect(await phone.refusal("watch", "--after", "nonsense")).toMatchObject({ exit: 1, code: "bad-cursor" });
    });
  });
});
