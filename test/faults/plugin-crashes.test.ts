import { setTimeout as pause } from "node:timers/promises";
import { existsSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { BridgeError } from "../../src/bridges/kit/index.ts";
import type { Command } from "../../src/bridges/contract/index.ts";
import type { Isolation } from "../../src/bridges/host/process/index.ts";
import { bwrap, isolation, launch, NOT_ISOLATED, running } from "./plugins/harness.ts";

const RESUME = { config: {}, cursors: {}, kv: {}, conversations: [] };
const MIB = 1024 * 1024;

const command = (txn: string): Command => ({
  txn,
  conv: "#c",
  attempt: 1,
  createdAt: 0,
  minLabel: "plaintext",
  op: "send",
  style: "text",
  body: { text: "hello" },
});

const dataOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "answered",
    (error: BridgeError) => error.data,
  );

/** Waits until all are gone: what was below bwrap is reaped by the machine's init, a moment later. */
async function areGone(pids: readonly number[]): Promise<boolean> {
  for (let i = 0; i < 200; i++) {
    if (pids.every((pid) => !existsSync(`/proc/${pid}`))) return true;
    await pause(10);
  }
  return false;
}

/** Milliseconds by which the host's own event loop was late while `work` ran, at worst. */
async function worstLag(work: Promise<unknown>): Promise<number> {
  let worst = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    worst = Math.max(worst, performance.now() - last - 10);
    last = performance.now();
  }, 10);
  await work;
  clearInterval(timer);
  return worst;
}

describe.skipIf(!bwrap.ok)("a plugin that misbehaves", () => {
  let where: Isolation;
  beforeAll(async () => {
    where = await isolation();
  });

  it("by crashing at each start is quarantined after five crashes, and starts again when asked to", async () => {
    await using plugin = launch("crash-at-start", where);
    const quarantined = plugin.next("quarantined");
    plugin.process.start();
    expect(await quarantined).toEqual([{ reason: "uncaught error: Error: no luck today" }]);
    expect(plugin.exits.map((exit) => exit.restartIn)).toEqual([38, 75, 150, 150, undefined]);
    expect(plugin.process.state).toMatchObject({ state: "quarantined", error: { code: "internal", sent: "no" } });
    expect(plugin.host.states.map(({ state }) => state)).toEqual([
      ...Array.from({ length: 4 }, () => ["connecting", "backoff"]).flat(),
      "connecting",
      "quarantined",
    ]);
    expect(await dataOf(plugin.process.open("x"))).toMatchObject({ code: "offline", sent: "no" });
    await pause(400);
    expect(plugin.exits.length).toBe(5);
    const again = plugin.next("exited");
    plugin.process.start();
    await again;
    expect(plugin.process.state.state).toBe("backoff");
  });

  it.each([
    ["an uncaught error", "throw", /^uncaught error: Error: nobody catches this$/],
    ["an unhandled rejection", "reject", /^unhandled rejection: Error: nobody catches this$/],
    ["process.exit", "exit", /^ended with code 7/],
    ["abort", "abort", /^ended with code 134/],
  ])("by %s ends, says why, and is started again", async (_what, how, reason) => {
    await using plugin = await running("crash-later", where);
    const first = plugin.process.tree;
    const exited = plugin.next("exited");
    const started = plugin.next("started");
    expect(await dataOf(plugin.process.open(how))).toMatchObject({ code: "offline" });
    expect(await exited).toEqual([
      expect.objectContaining({ expected: false, reason: expect.stringMatching(reason) as string, restartIn: 38 }),
    ]);
    await started;
    expect(plugin.process.tree.length).toBe(3);
    expect(first.filter((pid) => plugin.process.tree.includes(pid))).toEqual([]);
    expect(await areGone(first)).toBe(true);
  });

  it("by dying with commands in flight: those on the wire are maybe sent, those that waited are not", async () => {
    await using plugin = await running("crash-later", where);
    const outcomes = Array.from({ length: 70 }, (_, i) => dataOf(plugin.process.execute(command(`t${i}`))));
    await pause(50);
    process.kill(plugin.process.pid as number, "SIGKILL");
    const results = (await Promise.all(outcomes)) as { code: string; sent: string }[];
    expect(new Set(results.map(({ code }) => code))).toEqual(new Set(["offline"]));
    expect(results.map(({ sent }) => sent)).toEqual([...Array(64).fill("maybe"), ...Array(6).fill("no")]);
    expect(await dataOf(plugin.process.execute(command("later")))).toMatchObject({ code: "offline", sent: "no" });
  });

  it("by a command that is called off: the signal reaches it and the row is in doubt", async () => {
    await using plugin = await running("crash-later", where);
    const controller = new AbortController();
    const outcome = dataOf(plugin.process.execute(command("t"), controller.signal));
    await pause(50);
    controller.abort();
    expect(await outcome).toMatchObject({ code: "offline", sent: "maybe" });
    expect(plugin.exits).toEqual([]);
  });

  it("by a secret in its last words: the reason, the state and the log do not have it", async () => {
    await using plugin = await running("crash-later", where);
    const exited = plugin.next("exited");
    await dataOf(plugin.process.connect({ ...RESUME, config: { password: "hunter2-hunter2" } }));
    await exited;
    const everything = JSON.stringify([plugin.exits, plugin.host.states, plugin.host.lines]);
    expect(everything).toContain("cannot log in with ***");
    expect(everything).not.toContain("hunter2");
  });

  it("by spinning its event loop is killed after three pings without an answer, and the host does not feel it", async () => {
    await using plugin = await running("spin", where);
    const exited = plugin.next("exited");
    void dataOf(plugin.process.connect(RESUME));
    const lag = await worstLag(exited);
    expect(plugin.exits[0]).toMatchObject({ expected: false, reason: "did not answer 3 pings" });
    expect(lag).toBeLessThan(1_000);
  });

  it("by never answering is killed after three pings, and its calls end at their deadlines", async () => {
    await using plugin = await running("silent", where, { timing: { ping: 1_000, call: 300 } });
    const exited = plugin.next("exited");
    expect(await dataOf(plugin.process.open("x"))).toEqual({
      code: "offline",
      sent: "maybe",
      message: "There was no answer within 0.3 s.",
    });
    await exited;
    expect(plugin.exits[0]?.reason).toBe("did not answer 3 pings");
  });

  it.each([
    ["outside", "buffers", /^used \d+ MiB of memory and may use 160$/],
    ["inside", "heap", /^used \d+ MiB of memory and may use 160$|heap/],
  ])("by allocating without end, %s the heap, is ended with a reason before it has taken much", async (_where, what, reason) => {
    const before = process.memoryUsage.rss();
    await using plugin = await running("allocate", where, { manifest: { needs: { net: [], maxRssMb: 160 } } });
    const exited = plugin.next("exited");
    void dataOf(plugin.process.open(what));
    await exited;
    expect(plugin.exits[0]?.reason).toMatch(reason);
    expect(process.memoryUsage.rss() - before).toBeLessThan(50 * MIB);
  });
});

describe.each([
  ["isolated", bwrap.ok],
  ["not isolated", true],
] as const)("stopping, %s,", (kind, possible) => {
  const place = (): Promise<Isolation> => (kind === "isolated" ? isolation() : Promise.resolve(NOT_ISOLATED));

  it.skipIf(!possible)("says good-bye and leaves nothing behind", async () => {
    await using plugin = await running("quiet", await place());
    const { tree } = plugin.process;
    await plugin.process.connect(RESUME);
    await plugin.process.stop();
    expect(plugin.exits).toEqual([expect.objectContaining({ expected: true, code: 0 })]);
    expect(await areGone(tree)).toBe(true);
    expect(plugin.process.state.state).toBe("stopped");
  });

  it.skipIf(!possible)("takes at most 4 seconds with a plugin that will not, with the real timings", async () => {
    await using plugin = await running("silent", await place(), { timing: { ping: 10_000, disconnect: 2_000, terminate: 1_000 } });
    const { tree } = plugin.process;
    const start = performance.now();
    await plugin.process.stop();
    expect(performance.now() - start).toBeLessThan(4_000);
    expect(plugin.exits[0]).toMatchObject({ expected: true, signal: "SIGKILL", reason: "did not stop when asked to" });
    expect(await areGone(tree)).toBe(true);
  });

  it.skipIf(!possible)("during a start and during a back-off ends it all", async () => {
    await using plugin = launch("crash-at-start", await place());
    plugin.process.start();
    await plugin.process.stop();
    expect(plugin.process.state.state).toBe("stopped");
    const exited = plugin.next("exited");
    plugin.process.start();
    await exited;
    await plugin.process.stop();
    const { length } = plugin.exits;
    await pause(300);
    expect(plugin.exits.length).toBe(length);
  });

  it.skipIf(!possible)("and starting at once again starts anew", async () => {
    await using plugin = await running("quiet", await place());
    const started = plugin.next("started");
    void plugin.process.stop();
    plugin.process.start();
    await started;
    expect(await plugin.process.health()).toEqual({ lagMs: 0, state: "online" });
  });
});
