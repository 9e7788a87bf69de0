import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plugin as factory } from "../../src/bridges/xmpp/index.ts";
import { certificates } from "./certs.ts";
import { say } from "./conformance/scene.ts";
import { InProcess } from "./plugin-under-test.ts";
import { type Prosody, prosody } from "./prosody.ts";
import { CONFERENCE } from "./prosody-config.ts";
import { requireServer } from "./require-server.ts";
import { xmppManifest } from "./xmpp-network.ts";
import { type XmppPeer, xmppPeer } from "./xmpp-peer.ts";

const xmpp = await requireServer("prosody");
const ALICE = "alice@example.test";
const forward = (message: ReturnType<typeof xml>) =>
  xml("forwarded", { xmlns: "urn:xmpp:forward:0" }, xml("delay", { xmlns: "urn:xmpp:delay", stamp: "2026-01-01T00:00:00Z" }), message);
const client = (attributes: Record<string, string>, body: string) =>
  xml("message", { xmlns: "jabber:client", type: "chat", id: "forged", ...attributes }, xml("body", {}, body));

async function account(port: number, tls: string, password = "password-of-alice"): Promise<InProcess> {
  const config = { jid: ALICE, password, host: "127.0.0.1", port: String(port), tls };
  const policy = { tls: { ca: (await certificates()).ca, allowUnverified: false } };
  return new InProcess({ manifest: xmppManifest, network: "xmpp", module: "src/bridges/xmpp/index.ts", config, policy }, factory);
}

describe.skipIf(!xmpp.ok)("the XMPP plugin among hostile people", () => {
  let server: Prosody;
  let bob: XmppPeer;
  let plugin: InProcess;

  beforeAll(async () => {
    server = await prosody();
    bob = await xmppPeer({ port: server.port, domain: server.domain, name: "bob" });
    plugin = await account(server.tlsPort, "direct");
    await plugin.start();
    await plugin.host.inState("online");
    await plugin.open("bob@example.test");
  });
  afterAll(async () => {
    await plugin?.stop();
    await bob?.close();
    await server?.[Symbol.asyncDispose]();
  });

  /** Everything that bob sent before has been looked at. */
  const settled = async () => {
    const marker = `marker ${Math.random()}`;
    bob.say(ALICE, marker);
    await plugin.host.message(marker);
  };
  const texts = () => plugin.host.of("message").map(({ body }) => body.text);

  test("copies that somebody else makes up are dropped: of what we sent, and of what we got", async () => {
    for (const direction of ["sent", "received"]) {
      const inner = client(
        { from: direction === "sent" ? ALICE : "carol@example.test", to: direction === "sent" ? "carol@example.test" : ALICE },
        `forged ${direction}`,
      );
      bob.message(ALICE, "chat", xml(direction, { xmlns: "urn:xmpp:carbons:2" }, forward(inner)));
    }
    await settled();
    expect(texts().filter((text) => text.startsWith("forged"))).toEqual([]);
  });

  test("results of archives that nobody asked are dropped", async () => {
    const inner = client({ from: "carol@example.test", to: ALICE }, "forged history");
    bob.message(ALICE, "normal", xml("result", { xmlns: "urn:xmpp:mam:2", id: "1", queryid: "guess" }, forward(inner)));
    await settled();
    expect(texts()).not.toContain("forged history");
  });

  test("a stanza-id in the name of our archive does not make two messages one", async () => {
    const sid = xml("stanza-id", { xmlns: "urn:xmpp:sid:0", by: ALICE, id: "the-same" });
    bob.say(ALICE, "first of two", sid);
    bob.say(ALICE, "second of two", sid);
    await settled();
    expect(texts()).toEqual(expect.arrayContaining(["first of two", "second of two"]));
  });

  test("a correction names only messages of its own sender", async () => {
    const { id: conv } = await plugin.open("bob@example.test");
    const command = say(conv, "my own words");
    await plugin.execute(command);
    bob.say(ALICE, "your words now", xml("replace", { xmlns: "urn:xmpp:message-correct:0", id: command.txn }));
    const edit = await plugin.host.event("edit", ({ body }) => body.text === "your words now");
    expect(edit.from).toBe("bob@example.test");
    expect(edit.target.id).toContain("bob@example.test");
  });

  test("only the server changes the list of contacts", async () => {
    const { id } = await plugin.open("bob@example.test");
    await plugin.execute(say(id, "this is where I am"));
    const from = (await bob.stanza("our address", (stanza) => stanza.getChild("body")?.getText() === "this is where I am")).attrs["from"];
    const push = xml("query", { xmlns: "jabber:iq:roster" }, xml("item", { jid: "mallory@example.test", subscription: "both" }));
    await expect(bob.ask("set", push, from)).rejects.toThrow("service-unavailable");
  });

  test("encrypted messages are shown as such; those that only move keys are not", async () => {
    const omemo = (payload: boolean) =>
      xml(
        "encrypted",
        { xmlns: "eu.siacs.conversations.axolotl" },
        xml("header", { sid: "1" }),
        payload ? xml("payload", {}, "abc") : undefined,
      );
    bob.say(ALICE, "I sent you an OMEMO encrypted message", omemo(true));
    bob.message(ALICE, "chat", omemo(false));
    await plugin.host.message("Encrypted with OMEMO: this bridge cannot read it.");
    bob.say(ALICE, "?OTR:AAMC");
    await plugin.host.message("Encrypted with OTR: this bridge cannot read it.");
    await settled();
    expect(texts().filter((text) => text.startsWith("Encrypted"))).toHaveLength(2);
  });

  test("somebody who takes our nick in a room is not us", async () => {
    const room = `nicks@${CONFERENCE}`;
    const { id } = await plugin.open(room);
    await bob.join(room, "bob");
    bob.sayInRoom(room, "hello");
    const { from } = await plugin.host.message("hello");
    expect([from, id]).toEqual([`${room}/bob`, room]);
    await plugin.stop();
    bob.send(xml("presence", { to: `${room}/alice` }));
    await bob.stanza(
      "the new nick",
      ({ name, attrs }) => name === "presence" && attrs["from"] === `${room}/alice` && attrs["type"] !== "unavailable",
    );
    bob.sayInRoom(room, "I am alice");
    await plugin.start();
    expect((await plugin.host.message("I am alice")).from).not.toBe("self");
  });

  test("a bounced message is refused, or told as not delivered", async () => {
    const { id } = await plugin.open("nobody@example.test");
    const command = say(id, "is anybody there?");
    const sending = plugin.execute(command).then(
      () => "acked",
      () => "refused",
    );
    const isAcked = (await sending) === "acked";
    if (isAcked) expect((await plugin.host.event("sendError", ({ txn }) => txn === command.txn)).error.code).toBe("not-found");
  });
});

describe.skipIf(!xmpp.ok)("the XMPP plugin and the way to its server", () => {
  test("where the offer of encryption is taken out nothing is said about us; with it the login works", async () => {
    await using server = await prosody();
    await using way = await strippingProxy(server.port);
    const stripped = await account(way.port, "starttls");
    await stripped.start();
    const { error } = await stripped.host.inState("backoff", (state) => state.error?.code === "insecure");
    expect(error?.message).toContain("STARTTLS");
    await stripped.stop();
    expect(way.said()).not.toMatch(/alice|<auth|password/);
    const whole = await account(server.port, "starttls");
    await whole.start();
    await whole.host.inState("online");
    await whole.stop();
  });

  test("what is slipped in behind the go-ahead ends the connection", async () => {
    await using server = await prosody();
    await using way = await strippingProxy(server.port, (text) =>
      text.replace(/(<proceed[^>]*>)/, "$1<message from='admin@example.test'/>"),
    );
    const plugin = await account(way.port, "starttls");
    await plugin.start();
    expect((await plugin.host.inState("backoff")).error?.message).toContain("slipped in");
    await plugin.stop();
    expect(plugin.host.of("message")).toEqual([]);
  });

  test("a server that wants the password as it is gets it over TLS, until it has done better once", async () => {
    await using server = await prosody({
      extra: 'disable_sasl_mechanisms = { "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS" }',
    });
    const plugin = await account(server.tlsPort, "direct");
    await plugin.start();
    await plugin.host.inState("online");
    await plugin.stop();
    plugin.host.kv.set("scram", new Uint8Array([1]));
    await plugin.start();
    expect((await plugin.host.inState("backoff")).error).toMatchObject({ code: "insecure" });
    await plugin.stop();
  });

  test("a server without archive and stream management: messages go both ways, and what may be missing is said", async () => {
    await using server = await prosody({ archive: false, resume: false });
    await using bob = await xmppPeer({ port: server.port, domain: server.domain, name: "bob" });
    const plugin = await account(server.tlsPort, "direct");
    await plugin.start();
    await plugin.host.inState("online");
    const { id, caps } = await plugin.open("bob@example.test");
    expect(caps.history).toBe(-2);
    expect(await plugin.execute(say(id, "to bob"))).toMatchObject({ state: "acked" });
    bob.say(ALICE, "to alice");
    await plugin.host.message("to alice");
    await plugin.stop();
    await plugin.start();
    await plugin.host.event("gap", ({ conv }) => conv === id);
    await plugin.stop();
  });
});

interface Way extends AsyncDisposable {
  port: number;
  /** What the client said. */
  said(): string;
}

/** Somebody on the way who changes what the server says before the encryption begins: by default takes STARTTLS out. */
async function strippingProxy(
  target: number,
  change = (text: string) => text.replace(/<starttls.*?<\/starttls>|<starttls[^>]*\/>/gs, ""),
): Promise<Way> {
  const sockets = new Set<Socket>();
  let said = "";
  const server: Server = createServer((inner) => {
    const outer = connect(target, "127.0.0.1");
    for (const socket of [inner, outer]) sockets.add(socket.on("error", () => undefined));
    inner.on("data", (chunk: Buffer) => {
      said += chunk.toString("latin1");
      outer.write(chunk);
    });
    outer.on("data", (chunk: Buffer) => inner.write(change(chunk.toString("utf8"))));
    inner.on("close", () => outer.destroy());
    outer.on("close", () => inner.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    said: () => said,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
