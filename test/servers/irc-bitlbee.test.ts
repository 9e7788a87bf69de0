import { createServer } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deriveLabel, longWords } from "../../src/security-labels/index.ts";
import { ircFactory, plainAccount, say, world } from "../unit/irc/rig.ts";
import { type BitlbeeServer, bitlbeeServer } from "./bitlbee.ts";
import { type IrcPeer, ircPeer } from "./irc-peer.ts";
import { InProcess } from "./plugin-under-test.ts";
import { type Prosody, prosody } from "./prosody.ts";
import { requireServer } from "./require-server.ts";

const available = await requireServer("bitlbee", "prosody");

/** BitlBee's Jabber takes no other ports. */
const JABBER_PORTS = [5229, 5228, 5227, 5226, 5225, 5224, 5223, 5222];

async function freeJabberPort(): Promise<number> {
  for (const port of JABBER_PORTS) {
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
  throw new Error("every port that BitlBee's Jabber takes is in use");
}

describe.skipIf(!available.ok)("BitlBee", () => {
  let server: BitlbeeServer;
  let jabber: Prosody;
  beforeAll(async () => {
    jabber = await prosody({ port: await freeJabberPort() });
    server = await bitlbeeServer();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await jabber[Symbol.asyncDispose]();
  });

  function account(nick: string, password = "bee password"): InProcess {
    const base = plainAccount(server.port, { kind: "bitlbee", nick, password });
    const policy = { ...base.policy, passesOn: true };
    return new InProcess({ ...base, policy }, ircFactory(world({}, { answer: 10_000, delivery: 5_000 })));
  }

  const run = (plugin: InProcess, name: string, args = "") => plugin.command({ name, args });

  /** Another person with a BitlBee of their own, so to say. */
  async function bobThere(): Promise<IrcPeer> {
    const bob = await ircPeer({ port: server.port, nick: "bob" });
    const tell = async (text: string, answer: RegExp) => {
      bob.say("&bitlbee", text);
      await bob.waitFor(answer);
    };
    await tell("register bobs", /successfully created/);
    await tell("account add jabber bob@example.test password-of-bob", /successfully added/);
    await tell("account jabber set server 127.0.0.1", /server = /);
    await tell(`account jabber set port ${jabber.port}`, /port = /);
    await tell("account jabber on", /Logged in/);
    return bob;
  }

  test("an account of its own is made, a Jabber account added, contacts talk both ways, and the label claims nothing", {
    timeout: 60_000,
  }, async () => {
    await using plugin = account("alice");
    await plugin.start();
    await plugin.host.inState("online");
    expect(await run(plugin, "accounts")).toMatchObject({ rows: [] });
    expect((await run(plugin, "account-add", "jabber alice@example.test password-of-alice")).text).toContain("successfully added");
    await run(plugin, "account-set", "jabber server 127.0.0.1");
    await run(plugin, "account-set", `jabber port ${jabber.port}`);
    await run(plugin, "account-on", "jabber");
    await plugin.host.until("logged in", () => plugin.host.texts("&bitlbee").some((text) => text.includes("Logged in")));
    expect(await run(plugin, "accounts")).toMatchObject({ rows: [{ tag: "jabber", protocol: "jabber", name: "alice@example.test" }] });

    await using bob = await bobThere();
    await run(plugin, "contact-add", "jabber bob@example.test");
    bob.say("&bitlbee", "add jabber alice@example.test");
    const said = () => plugin.host.of("message").map(({ body }) => body.text);
    await plugin.host.until("asked whether bob may", () => said().some((text) => /authorize|add you/i.test(text)));
    await run(plugin, "control", "yes");
    bob.say("&bitlbee", "yes");
    await plugin.host.event("members", ({ set }) => set.some(({ user, state }) => user === "bob" && state === "join"));
    expect((await run(plugin, "contacts")).rows).toContainEqual(expect.objectContaining({ nick: "bob" }));

    await plugin.open("bob");
    expect(await plugin.execute(say("bob", "hello over Jabber"))).toMatchObject({ state: "acked" });
    await bob.waitFor(/^:alice\S* PRIVMSG bob :hello over Jabber/);
    bob.say("alice", "and back, grüße");
    const back = await plugin.host.message("and back, grüße");
    expect(back).toMatchObject({ conv: "bob", from: "bob", sec: { link: { kind: "loopback" }, restBeyondServer: "unknown" } });
    expect(deriveLabel(back.sec, "server-reads", "homeport")).toBe("plaintext");
    expect(longWords("plaintext", { facts: back.sec })).toContain("another program");

    await plugin.kill();
    await plugin.start();
    await plugin.host.inState("online");
    expect(await run(plugin, "accounts")).toMatchObject({ rows: [{ tag: "jabber" }] });
  });

  test("a wrong password of BitlBee itself ends the attempts; what goes wrong behind it is shown, and gone when it is well again", async () => {
    await using first = account("carol");
    await first.start();
    await first.host.inState("online");
    await run(first, "account-add", "jabber carol@example.test not-the-password");
    await run(first, "account-set", "jabber server 127.0.0.1");
    await run(first, "account-set", `jabber port ${jabber.port}`);
    await run(first, "account-on", "jabber");
    expect(await first.host.inState("degraded")).toMatchObject({ error: { message: expect.stringContaining("jabber: ") } });
    await run(first, "account-off", "jabber");
    await first.host.inState("online");
    await first.stop();
    await using wrong = account("carol", "another");
    await wrong.start();
    expect(await wrong.host.inState("bad-credentials")).toMatchObject({ error: { code: "auth", action: "relogin" } });
    expect(JSON.stringify([wrong.host.states, wrong.host.lines])).not.toContain("another");
  });

  test("only accounts of this kind know its commands", async () => {
    const irc = new InProcess(plainAccount(server.port, { nick: "dave" }), ircFactory());
    await using plugin = irc;
    await plugin.start();
    await plugin.host.inState("online");
    await expect(run(plugin, "accounts")).rejects.toMatchObject({ data: { message: expect.stringContaining("kind bitlbee") } });
  });
});
