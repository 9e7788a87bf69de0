import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ircFactory, plainAccount, say, world } from "../unit/irc/rig.ts";
import { certificates } from "./certs.ts";
import { type IrcPeer, ircPeer } from "./irc-peer.ts";
import { type Ngircd, ngircd } from "./ngircd.ts";
import { InProcess } from "./plugin-under-test.ts";
import { requireServer } from "./require-server.ts";
import { type Znc, znc } from "./znc.ts";

const available = await requireServer("irc", "znc");

describe.skipIf(!available.ok)("behind ZNC", () => {
  let network: Ngircd;
  let bob: IrcPeer;
  beforeAll(async () => {
    network = await ngircd();
    bob = await ircPeer({ port: network.port, nick: "bob" });
    await bob.join("#kept");
  });
  afterAll(async () => {
    await bob.close();
    await network[Symbol.asyncDispose]();
  });

  async function account(bouncer: Znc, nick: string): Promise<InProcess> {
    const { ca } = await certificates();
    const base = plainAccount(bouncer.tlsPort, { host: "localhost", tls: "yes", nick, username: "alice/test", password: "zncpw" });
    return new InProcess(
      { ...base, policy: { tls: { ca, allowUnverified: false } } },
      ircFactory(world({}, { registration: 10_000, open: 10_000 })),
    );
  }

  async function bouncer(nick: string, clears: boolean): Promise<Znc> {
    const made = await znc({ ircPort: network.port, nick, channel: "#kept", password: "zncpw", clears });
    await bob.waitFor(new RegExp(`^:${nick}!\\S+ JOIN`), 20_000);
    return made;
  }

  test.each([true, false])(
    "what was said in an absence is played back once, own words too, whether its buffer is emptied (%s) or not",
    { timeout: 60_000 },
    async (clears) => {
      const nick = clears ? "alicez" : "alicey";
      await using kept = await bouncer(nick, clears);
      await using plugin = await account(kept, nick);
      await plugin.start();
      await plugin.open("#kept");
      bob.say("#kept", "live one");
      bob.say("#kept", "live two");
      bob.say(nick, "live, privately");
      await plugin.host.message("live, privately");
      const own = await plugin.execute(say("#kept", "our own"));
      expect(own).toMatchObject({ state: "acked" });
      await plugin.host.message("live two");
      await plugin.kill();
      bob.say("#kept", "missed one");
      bob.say("#kept", "missed one");
      bob.action("#kept", "missed two");
      bob.say(nick, "missed, privately");
      bob.raw("PING :there");
      await bob.waitFor(/PONG .*there/);
      await plugin.start();
      await plugin.host.message("missed, privately", 20_000);
      bob.say("#kept", "live again");
      await plugin.host.message("live again");
      const texts = plugin.host.texts("#kept").filter((text) => text !== "our own");
      expect(texts).toEqual(["live one", "live two", "missed one", "missed one", "missed two", "live again"]);
      expect(plugin.host.texts("bob")).toEqual(["live, privately", "missed, privately"]);
      // The host knows it by the id that it was acknowledged with, should it be played back.
      for (const { id } of plugin.host.of("message").filter(({ body }) => body.text === "our own"))
        expect(own).toMatchObject({ refs: [{ conv: "#kept", id }] });
      expect((await plugin.host.message("missed two")).sec.source).toBe("history");
      expect(plugin.host.of("gap").every(({ reason }) => reason.includes("bouncer"))).toBe(true);
    },
  );
});
