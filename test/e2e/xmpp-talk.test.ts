import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { xml } from "@xmpp/client";
import type { ChatRow } from "../../src/api/chats.ts";
import type { Message } from "../../src/api/messages.ts";
import { type CliProcess, eventually, type Homeport, pair, type World, world } from "../harness/homeport.ts";
import { certificates } from "../servers/certs.ts";
import { type Prosody, prosody } from "../servers/prosody.ts";
import { CONFERENCE } from "../servers/prosody-config.ts";
import { requireServer } from "../servers/require-server.ts";
import { type XmppPeer, xmppPeer } from "../servers/xmpp-peer.ts";
import { becomes, bridgeRow, heard, history, messagesOf, open, untilBridge } from "./irc.ts";

const xmpp = await requireServer("prosody", "bwrap");
const ROOM = `talk@${CONFERENCE}`;

describe.skipIf(!xmpp.ok)("XMPP, from another person to the phone and back", () => {
  let place: World;
  let home: Homeport;
  let phone: Homeport;
  let server: Prosody;
  let bob: XmppPeer;
  let account: string;
  let room: string;
  let direct: string;
  let onPhone: CliProcess;

  const phoneShows = (id: string, fits: (message: Message) => boolean) =>
    eventually("the phone shows it", async () => (await history(phone, room)).find((message) => message.id === id && fits(message)));

  const addArguments = async (password: string): Promise<string[]> => {
    const file = place.path("password");
    writeFileSync(file, password);
    const { caFile } = await certificates();
    const settings = ["jid=alice@example.test", "host=127.0.0.1", `port=${server.tlsPort}`, `ca=@${caFile}`];
    return ["bridge", "add", "xmpp", "--set", ...settings, "--secret", `password=@${file}`, "--wait"];
  };

  beforeAll(async () => {
    place = await world();
    server = await prosody();
    ({ home, phone } = await pair(place));
    bob = await xmppPeer({ port: server.port, domain: server.domain, name: "bob" });
    account = (await home.json<{ account: string }>(...(await addArguments("password-of-alice")))).account;
    room = await open(home, account, ROOM);
    direct = await open(home, account, "bob@example.test");
    await bob.join(ROOM, "bob");
    onPhone = await phone.watch();
  });
  afterAll(async () => {
    await bob?.close();
    await place?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test("in a room: both directions, with the label that the host measured", async () => {
    bob.sayInRoom(ROOM, "hello from bob, é😀");
    const message = await heard(onPhone, "hello from bob, é😀");
    expect(message).toMatchObject({ conversation: room, from: { name: "bob", self: false }, kind: "text", label: "server-reads" });
    const { sha256 } = (await certificates()).server;
    expect(message.facts).toMatchObject({
      link: {
        kind: "tls",
        verified: true,
        server: "example.test",
        measuredBy: "host",
        mechanism: "SASL SCRAM-SHA-256",
        certificate: { sha256 },
      },
    });
    const { id } = await phone.json<{ id: string }>("send", ROOM, "hello from the phone", "--min-label", "server-reads");
    await becomes(onPhone, id, "sent");
    await bob.stanza("the answer", (stanza) => stanza.getChild("body")?.getText() === "hello from the phone");
    expect(messagesOf(onPhone).filter(({ text }) => text === "hello from the phone")).toHaveLength(1);
  });

  test("one to one: both directions, in one conversation", async () => {
    bob.say("alice@example.test", "psst");
    expect(await heard(onPhone, "psst")).toMatchObject({ conversation: direct, label: "server-reads" });
    const { id } = await phone.json<{ id: string }>("send", "bob@example.test", "I hear you");
    await becomes(onPhone, id, "sent");
    await bob.stanza("the answer", (stanza) => stanza.getChild("body")?.getText() === "I hear you");
    expect((await phone.json<ChatRow[]>("chats")).filter(({ kind }) => kind === "direct")).toHaveLength(1);
  });

  test("edits, reactions and deletions of the other change the message, and ours theirs", async () => {
    const id = bob.sayInRoom(ROOM, "tpyo");
    const message = await heard(onPhone, "tpyo");
    bob.message(ROOM, "groupchat", xml("body", {}, "typo"), xml("replace", { xmlns: "urn:xmpp:message-correct:0", id }));
    await phoneShows(message.id, ({ text, edited }) => text === "typo" && edited === true);
    const inRoom = await bob.stanza("my own words", (stanza) => stanza.attrs["id"] === id);
    const archived = inRoom.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs["id"];
    bob.message(ROOM, "groupchat", xml("reactions", { xmlns: "urn:xmpp:reactions:0", id: archived }, xml("reaction", {}, "🎉")));
    await phoneShows(message.id, ({ reactions }) => reactions?.[0]?.emoji === "🎉" && reactions[0].count === 1 && !reactions[0].self);
    await phone.json("react", message.id, "👍");
    await bob.stanza("our reaction", (stanza) => stanza.getChild("reactions")?.getChild("reaction")?.getText() === "👍");
    await phoneShows(message.id, ({ reactions }) => reactions?.length === 2);
    bob.message(
      ROOM,
      "groupchat",
      xml("retract", { xmlns: "urn:xmpp:message-retract:1", id: archived }),
      xml("store", { xmlns: "urn:xmpp:hints" }),
    );
    await phoneShows(message.id, ({ deleted, text }) => deleted === true && text === "");
    await heard(onPhone, "bob deleted a message");
  });

  test("an edit of ours is a correction there", async () => {
    const { id } = await phone.json<{ id: string }>("send", ROOM, "first");
    await becomes(onPhone, id, "sent");
    await phone.json("edit", id, "second");
    const edit = await bob.stanza("the correction", (stanza) => stanza.getChild("body")?.getText() === "second");
    const first = await bob.stanza("the first", (stanza) => stanza.getChild("body")?.getText() === "first");
    expect(edit.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"]).toBe(first.attrs["id"]);
    await phoneShows(id, ({ text }) => text === "second");
  });

  test("what was said while the node was away comes by itself, once", async () => {
    await home.stop();
    bob.sayInRoom(ROOM, "said while away");
    bob.say("alice@example.test", "privately while away");
    await home.start();
    expect(await heard(onPhone, "said while away")).toMatchObject({ facts: { source: "history" } });
    await heard(onPhone, "privately while away");
    await untilBridge(home, account, ({ state }) => state === "online");
    await eventually("all is there once", async () =>
      messagesOf(onPhone).filter(({ text }) => text.includes("while away")).length === 2 ? true : undefined,
    );
  });

  test("a wrong password is told as such", async () => {
    const args = (await addArguments("not-it")).map((part) => part.replace("alice@", "carol@"));
    expect((await home.refusal(...args)).message).toContain("does not take the address with this password");
    expect(await bridgeRow(home, account)).toMatchObject({ state: "online", network: "xmpp" });
  });
});
