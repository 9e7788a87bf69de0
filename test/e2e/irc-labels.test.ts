import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChatRow } from "../../src/api/chats.ts";
import { type CliProcess, type Homeport, pair, type World, world } from "../harness/homeport.ts";
import { certificates } from "../servers/certs.ts";
import { type IrcPeer, ircPeer } from "../servers/irc-peer.ts";
import { type Ngircd, ngircd } from "../servers/ngircd.ts";
import { requireServer } from "../servers/require-server.ts";
import { addIrc, becomes, bridgeRow, heard, history, inTheClear, open, overTls, statesOf, untilBridge } from "./irc.ts";

const irc = await requireServer("irc", "bwrap");

/** A server of the old kind: no echo, so what is sent is confirmed by a PING behind it; no message ids. */
describe.skipIf(!irc.ok)("labels over ngircd", () => {
  let place: World;
  let home: Homeport;
  let phone: Homeport;
  let server: Ngircd;
  let bob: IrcPeer;
  let onPhone: CliProcess;

  beforeAll(async () => {
    place = await world();
    server = await ngircd();
    ({ home, phone } = await pair(place));
    onPhone = await phone.watch();
    bob = await ircPeer({ port: server.port, nick: "bob" });
  });
  afterAll(async () => {
    await bob?.close();
    await place?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const labelOf = async (conversation: string) =>
    (await phone.json<ChatRow[]>("chats")).find((row) => row.conversation === conversation)?.label;

  const comeBack = async (nick: string, channel: string) => {
    await bob.close();
    bob = await ircPeer({ port: server.port, nick });
    await bob.join(channel);
  };

  describe("a port without TLS", () => {
    let account: string;
    let conversation: string;

    beforeAll(async () => {
      account = await addIrc(home, { ...inTheClear(server), nick: "clara" });
      conversation = await open(phone, account, "#clear");
      await bob.join("#clear");
    });

    test("is plaintext in the message, the list of chats and the list of bridges", async () => {
      bob.say("#clear", "for all to read");
      const message = await heard(onPhone, "for all to read");
      expect(message).toMatchObject({ label: "plaintext", facts: { link: { kind: "none", verified: false, measuredBy: "host" } } });
      expect(await labelOf(conversation)).toBe("plaintext");
      expect(await bridgeRow(home, account)).toMatchObject({ label: "plaintext" });
    });

    test("what is sent is confirmed without an echo, and carries the label too", async () => {
      const { id } = await phone.json<{ id: string }>("send", conversation, "not secret", "--wait");
      await bob.waitFor(/PRIVMSG #clear :not secret/);
      expect((await history(phone, conversation)).filter(({ text }) => text === "not secret")).toMatchObject([
        { id, state: "sent", label: "plaintext" },
      ]);
    });

    test("the same text twice is two messages, in and out", async () => {
      for (let i = 0; i < 2; i++) bob.say("#clear", "again");
      for (let i = 0; i < 2; i++) await phone.json("send", conversation, "me too", "--wait");
      await heard(onPhone, "again");
      const texts = (await history(phone, conversation)).map(({ text }) => text);
      expect(texts.filter((text) => text === "again")).toHaveLength(2);
      expect(texts.filter((text) => text === "me too")).toHaveLength(2);
      expect(bob.matching(/:me too$/)).toHaveLength(2);
    });

    test("--min-label server-reads: the message fails as `insecure`, and nothing of it goes out", async () => {
      const refused = await phone.refusal("send", conversation, "only if encrypted", "--min-label", "server-reads", "--wait");
      expect(refused).toMatchObject({ exit: 1, code: "insecure", message: expect.stringMatching(/\w/) });
      const { id, state } = JSON.parse(refused.stdout) as { id: string; state: string };
      expect(state).toBe("failed");
      expect((await history(phone, conversation)).find((message) => message.id === id)).toMatchObject({
        state: "failed",
        reason: expect.stringMatching(/\w/),
      });
      await phone.json("send", conversation, "marker after it", "--wait");
      await bob.waitFor(/marker after it/);
      expect(bob.matching(/only if encrypted/)).toEqual([]);
    });

    test("the words for people say it too", async () => {
      const { stdout } = await phone.plainly("read", conversation, "--limit", "1");
      expect(stdout).toMatch(/plaintext|not encrypted/i);
    });
  });

  describe("TLS that is not verified", () => {
    test("is plaintext although it is encrypted: whoever answers could be anybody", async () => {
      server.useCertificate((await certificates()).untrusted);
      await server.restart();
      const { ca: _, ...settings } = await overTls(server);
      const account = await addIrc(home, { ...settings, tls: "unverified", nick: "uma" });
      expect(await bridgeRow(home, account)).toMatchObject({ label: "plaintext", link: { kind: "tls", verified: false } });
      const conversation = await open(phone, account, "#unverified");
      const refused = await phone.refusal("send", conversation, "only if verified", "--min-label", "server-reads", "--wait");
      expect(refused).toMatchObject({ exit: 1, code: "insecure" });
      await home.json("bridge", "remove", account);
    });
  });

  describe("a connection that gets worse between queueing and sending", () => {
    /** Verified as long as the certificate does, encrypted to whoever answers when it does not. */
    let account: string;
    let conversation: string;

    beforeAll(async () => {
      server.useCertificate((await certificates()).server);
      await server.restart();
      account = await addIrc(home, { ...(await overTls(server)), tls: "unverified", nick: "dora" });
      conversation = await open(phone, account, "#worse");
    });

    test("what was queued under --min-label is not sent; what was not goes out, labelled by what it travelled under", async () => {
      expect(await bridgeRow(home, account)).toMatchObject({ label: "server-reads", link: { verified: true } });
      expect(await phone.json("send", conversation, "while it was good", "--min-label", "server-reads", "--wait")).toMatchObject({
        state: "sent",
      });

      await server.stop();
      await untilBridge(home, account, ({ state }) => state !== "online");
      const guarded = await phone.json<{ id: string; state: string }>(
        "send",
        conversation,
        "guarded secret",
        "--min-label",
        "server-reads",
      );
      const open_ = await phone.json<{ id: string }>("send", conversation, "nothing special");
      expect(guarded.state).toBe("queued");
      server.useCertificate((await certificates()).untrusted);
      await server.start();
      await comeBack("bob", "#worse");

      await becomes(onPhone, guarded.id, "failed");
      await becomes(onPhone, open_.id, "sent");
      expect(statesOf(onPhone, guarded.id)).toEqual(["queued", "failed"]);
      const rows = await history(phone, conversation);
      expect(rows.find(({ id }) => id === guarded.id)).toMatchObject({ state: "failed", reason: expect.stringMatching(/\w/) });
      expect(rows.find(({ id }) => id === open_.id)).toMatchObject({
        state: "sent",
        label: "plaintext",
        facts: { link: { verified: false } },
      });
      expect(rows.find(({ text }) => text === "while it was good")).toMatchObject({ label: "server-reads" });
      expect(await labelOf(conversation)).toBe("plaintext");
      await phone.json("send", conversation, "the end", "--wait");
      await bob.waitFor(/:the end/);
      expect(bob.matching(/guarded secret/)).toEqual([]);
    });

    test("with verification required the connection is not made at all, and the message waits", async () => {
      server.useCertificate((await certificates()).server);
      await server.restart();
      const strict = await addIrc(home, { ...(await overTls(server)), nick: "stella" });
      const room = await open(phone, strict, "#strict");
      await server.stop();
      await untilBridge(home, strict, ({ state }) => state !== "online");
      const { id } = await phone.json<{ id: string }>("send", room, "waits for the right one", "--min-label", "server-reads");
      server.useCertificate((await certificates()).untrusted);
      await server.start();
      await untilBridge(home, strict, ({ error }) => error?.code === "insecure");
      await sleep(1_000);
      expect((await history(phone, room)).find((message) => message.id === id)).toMatchObject({ state: "queued" });
      server.useCertificate((await certificates()).server);
      await server.restart();
      await comeBack("bob", "#strict");
      await home.json("bridge", "start", strict);
      await becomes(onPhone, id, "sent");
      expect(await bob.waitFor(/PRIVMSG #strict :waits for the right one/)).toContain(":stella");
    });
  });

  test("e2ee-device as the least label: no bridge can give it", async () => {
    server.useCertificate((await certificates()).server);
    await server.restart();
    const account = await addIrc(home, { ...(await overTls(server)), nick: "edith" });
    const conversation = await open(home, account, "#best");
    const refused = await home.refusal("send", conversation, "never", "--min-label", "e2ee-device", "--wait");
    expect(refused).toMatchObject({ exit: 1, code: "insecure" });
  });
});
