import { beforeAll, describe, expect, it } from "vitest";
import type { BridgeError } from "../../src/bridges/kit/index.ts";
import type { Isolation } from "../../src/bridges/host/process/index.ts";
import { bwrap, isolation, running } from "./plugins/harness.ts";

const MIB = 1024 * 1024;
const ignore = (): void => {};
const dataOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "answered",
    (error: BridgeError) => error.data,
  );

/** How late the host's event loop was at worst, in milliseconds, and how much memory it took at most, in MiB. */
async function costOf(work: Promise<unknown>): Promise<{ lag: number; memory: number }> {
  const before = process.memoryUsage.rss();
  let lag = 0;
  let memory = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    lag = Math.max(lag, performance.now() - last - 10);
    memory = Math.max(memory, (process.memoryUsage.rss() - before) / MIB);
    last = performance.now();
  }, 10);
  await work;
  clearInterval(timer);
  return { lag, memory };
}

describe.skipIf(!bwrap.ok)("a plugin that abuses the wire", () => {
  let where: Isolation;
  beforeAll(async () => {
    where = await isolation();
  });

  it.each([
    ["flood of log lines", "broke the protocol: a flood of messages"],
    ["flood of calls", "broke the protocol: too many calls at once"],
    ["giant frame", "broke the protocol: a frame of 2147483647 bytes"],
    ["endless bytes", "broke the protocol: a frame of 1094795585 bytes"],
    ["frame that is not CBOR", "broke the protocol: a message that is not CBOR"],
    ["deep nesting", "broke the protocol: a message that is not CBOR"],
    ["unknown call", "broke the protocol: a call of an unknown method"],
    ["unknown message", "broke the protocol: a message of an unknown method"],
    ["batch of 501", "broke the protocol: ingest of a wrong form: events .*<=500"],
    ["event of an unknown kind", "broke the protocol: ingest of a wrong form: events.0"],
    ["id of a megabyte", "broke the protocol: ingest of a wrong form: events.0.id longer than 512 bytes"],
    ["port 70000", "broke the protocol: dial of a wrong form: port"],
    ["stream out of nowhere", "broke the protocol: a frame of a stream that was never opened"],
    ["answer to no question", "broke the protocol: an answer to no question"],
    ["closed descriptor", "closed its connection|did not answer 3 pings"],
    ["state that is not one", "broke the protocol: state of a wrong form: state"],
  ])("by a %s is ended with a clear reason, and the host stays small and quick", async (abuse, reason) => {
    await using plugin = await running("wire-abuser", where, { timing: { ping: 1_000 } });
    const exited = plugin.next("exited");
    plugin.process.open(abuse).catch(ignore);
    const { lag, memory } = await costOf(exited);
    expect(plugin.exits[0]).toMatchObject({ expected: false, reason: expect.stringMatching(new RegExp(reason)) as string });
    expect(plugin.process.state).toMatchObject({ state: "backoff", error: { code: "internal" } });
    expect(plugin.host.batches).toEqual([]);
    expect(lag).toBeLessThan(1_000);
    expect(memory).toBeLessThan(60);
  });

  it("by answers of a wrong form is ended, and the caller does not get them", async () => {
    await using plugin = await running("wire-abuser", where);
    const exited = plugin.next("exited");
    expect(await dataOf(plugin.process.split("#c", "wrong result", "text"))).toMatchObject({ code: "internal" });
    await exited;
    expect(plugin.exits[0]?.reason).toContain("broke the protocol: split of a wrong form");
  });

  it("by writing a hundred megabytes to its standard error costs the host nothing", async () => {
    await using plugin = await running("wire-abuser", where, { timing: { ping: 1_000, call: 2_000 } });
    const { lag, memory } = await costOf(dataOf(plugin.process.split("#c", "shout", "text")));
    expect(lag).toBeLessThan(1_000);
    expect(memory).toBeLessThan(60);
  });

  it("by claiming a connection that it never had is corrected: nothing was measured, so it counts as plain text", async () => {
    await using plugin = await running("wire-abuser", where);
    await plugin.process.split("#c", "claim", "text");
    expect(plugin.host.batches[0]?.events[0]?.sec.link).toEqual({ kind: "none", verified: false, measuredBy: "host" });
  });

  it("by words that are too long has them cut, because the network chose them", async () => {
    await using plugin = await running("wire-abuser", where);
    await plugin.process.split("#c", "long words", "text");
    expect(plugin.host.batches[0]?.events[0]).toMatchObject({ body: { text: `${"x".repeat(65_535)}…` } });
  });

  it("by saying what only the supervisor can say is not believed", async () => {
    await using plugin = await running("wire-abuser", where);
    await plugin.process.split("#c", "quarantine", "text");
    await plugin.process.health();
    expect(plugin.process.state.state).toBe("connecting");
  });
});
