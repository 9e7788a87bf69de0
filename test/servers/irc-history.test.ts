import { afterEach, describe, expect, test } from "vitest";
import { inProcess, say, world } from "../unit/irc/rig.ts";
import { type HistoryServer, type HistoryServerOptions, historyServer } from "./history-server.ts";
import { type IrcPeer, ircPeer } from "./irc-peer.ts";
import type { InProcess } from "./plugin-under-test.ts";

let server: HistoryServer;
let plugin: InProcess;
let bob: IrcPeer;

async function begin(options: HistoryServerOptions = {}, changes: Parameters<typeof world>[0] = {}): Promise<void> {
  server = await historyServer(options);
  plugin = inProcess(server.port, {}, world(changes));
  bob = await ircPeer({ port: server.port, nick: "bob" });
  await bob.join("#a");
  await plugin.start();
  await plugin.open("#a");
}

afterEach(async () => {
  await plugin[Symbol.asyncDispose]();
  await bob.close();
  await server[Symbol.asyncDispose]();
});

const last = () => (JSON.parse(new TextDecoder().decode(plugin.host.kv.get("heard:#a"))) as unknown[])[2];

/** The last message is noted every 30 seconds, and in tests more often. */
const noted = () => plugin.host.until("the last message is noted", () => last() === plugin.host.of("message").at(-1)?.id);

/** Something that is heard live is the last of a conversation only once all before it has been fetched. */
async function caughtUp(): Promise<void> {
  for (let n = 0; last() !== plugin.host.of("message").findLast(({ body }) => body.text.startsWith("marker"))?.id; n++) {
    bob.say("#a", `marker ${n}`);
    await plugin.host.message(`marker ${n}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `m${from + n}`);

describe("what was said in an absence", () => {
  test("is fetched page by page, in order, once, as history; the proof is the last message heard, so there is no gap", async () => {
    await begin({ limit: 50 });
    for (const text of numbered(0, 10)) bob.say("#a", text);
    await plugin.host.message("m9");
    await noted();
    await plugin.kill();
    for (const text of numbered(10, 400)) bob.say("#a", text);
    await bob.close();
    bob = await ircPeer({ port: server.port, nick: "bob" });
    await bob.join("#a");
    await plugin.start();
    await plugin.host.message("m399");
    bob.say("#a", "m400");
    await plugin.host.message("m400");
    expect(plugin.host.texts("#a")).toEqual(numbered(0, 401));
    const missed = plugin.host.of("message").find(({ body }) => body.text === "m200");
    expect(missed?.sec.source).toBe("history");
    const batch = plugin.host.batches.find(({ events }) => events.some((event) => event.kind === "message" && event.id === missed?.id));
    expect(batch?.source).toBe("catchup");
    await caughtUp();
    expect(plugin.host.of("gap")).toEqual([]);
  });

  test("a history that does not reach back that far is a gap, and what there is comes all the same", async () => {
    await begin();
    bob.say("#a", "heard");
    await plugin.host.message("heard");
    await noted();
    await plugin.kill();
    for (const text of numbered(0, 20)) bob.say("#a", text);
    bob.raw("PING :done");
    await bob.waitFor(/PONG .*done/);
    server.keep(5);
    await plugin.start();
    await plugin.host.event("gap", ({ reason }) => reason.includes("may not reach back"));
    expect(plugin.host.texts("#a")).toEqual(["heard", ...numbered(15, 20)]);
  });

  test.each([3_600_000, -3_600_000])("a server whose clock is %i ms off loses nothing", async (skew) => {
    await begin({ skew });
    bob.say("#a", "before");
    await plugin.host.message("before");
    await noted();
    await plugin.kill();
    for (const text of numbered(0, 5)) bob.say("#a", text);
    await plugin.start();
    await plugin.host.message("m4");
    expect(plugin.host.texts("#a")).toEqual(["before", ...numbered(0, 5)]);
    expect(plugin.host.of("gap")).toEqual([]);
  });

  test("killed in the middle of catching up, again and again: nothing lost, nothing twice, in order", async () => {
    await begin({ limit: 20 });
    bob.say("#a", "start");
    await plugin.host.message("start");
    await noted();
    await plugin.kill();
    for (const text of numbered(0, 600)) bob.say("#a", text);
    for (let round = 1; round <= 5; round++) {
      const until = plugin.host.texts("#a").length + 60;
      await plugin.start();
      await plugin.host.until("some more", () => plugin.host.texts("#a").length >= until);
      await plugin.kill();
    }
    await plugin.start();
    await plugin.host.message("m599");
    expect(plugin.host.texts("#a")).toEqual(["start", ...numbered(0, 600)]);
    await caughtUp();
    expect(plugin.host.of("gap")).toEqual([]);
  });

  test("private messages of people whose conversation is not open come as well, and from before the first start none", async () => {
    server = await historyServer();
    bob = await ircPeer({ port: server.port, nick: "bob" });
    plugin = inProcess(server.port);
    await plugin.start();
    await plugin.open("#a");
    await plugin.host.until("heard", () => plugin.host.kv.has("alive"));
    bob.say("alice", "live");
    await plugin.host.message("live");
    await plugin.kill();
    await using carol = await ircPeer({ port: server.port, nick: "carol" });
    bob.say("alice", "from bob");
    carol.say("alice", "nobody there?");
    carol.raw("PING :x");
    await carol.waitFor(/PONG/);
    await plugin.start();
    await plugin.host.message("from bob");
    carol.say("alice", "hello");
    await plugin.host.message("hello");
    expect(plugin.host.texts("bob")).toEqual(["live", "from bob"]);
  });

  test("an own message comes back as our own, under the id that it was acknowledged with", async () => {
    await begin();
    bob.say("#a", "go");
    await plugin.host.message("go");
    expect(await plugin.execute(say("#a", "did it arrive?"))).toMatchObject({ state: "acked", refs: [{ conv: "#a", id: "id-2" }] });
    await plugin.kill();
    await plugin.start();
    await plugin.host.until("seen again", () =>
      plugin.host.of("message").some(({ from, body }) => from === "self" && body.text === "did it arrive?"),
    );
    const own = plugin.host.of("message").filter(({ body }) => body.text === "did it arrive?");
    expect(own).toMatchObject([{ from: "self", id: "id-2" }]);
    expect(server.texts("#a")).toEqual(["go", "did it arrive?"]);
  });
});
