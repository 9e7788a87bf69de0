import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../src/bridges/contract/index.ts";
import { type Isolation, prepareCodeCache } from "../../src/bridges/host/process/index.ts";
import { residentBytes } from "../../src/bridges/host/process/proc.ts";
import type { BridgeError } from "../../src/bridges/kit/index.ts";
import { bwrap, isolation, pluginCode, ROOT, running, type Started } from "./plugins/harness.ts";

const MEASURED = { kind: "none", verified: false, measuredBy: "host" };

const command = (txn: string): Command => ({ txn, conv: "#c", attempt: 1, createdAt: 0, minLabel: "plaintext", op: "leave" });
const dataOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "answered",
    (error: BridgeError) => error.data,
  );

describe.skipIf(!bwrap.ok)("the contract over the wire", () => {
  let plugin: Started;
  let where: Isolation;
  beforeAll(async () => {
    where = await isolation();
    plugin = await running("talker", where);
  });
  afterAll(() => plugin[Symbol.asyncDispose]());
  beforeEach(() => {
    plugin.host.lines.length = 0;
    plugin.host.states.length = 0;
  });

  const ask = async (what: string): Promise<unknown> =>
    JSON.parse((await plugin.process.split("#c", what, "text"))[0] as string) as unknown;

  it("connect hands over settings, cursors and state byte for byte", async () => {
    const resume = { config: { host: "a", password: "hunter2" }, cursors: { "#c": "17" }, conversations: ["#c"] };
    await plugin.process.connect({ ...resume, kv: { a: new Uint8Array([0, 255]) } });
    expect(await ask("given")).toEqual({ ...resume, kv: { a: [0, 255] } });
  });

  it("execute gives the references and the measured facts, or the plugin's own error", async () => {
    expect(await plugin.process.execute(command("t"))).toEqual({
      state: "acked",
      refs: [{ conv: "#c", id: "m-1" }],
      sec: { link: MEASURED, source: "live" },
    });
    expect(await dataOf(plugin.process.execute(command("refused")))).toEqual({
      code: "forbidden",
      sent: "no",
      message: "Not on this channel.",
      action: "none",
    });
  });

  it("execute's signal reaches the plugin", async () => {
    const controller = new AbortController();
    const outcome = dataOf(plugin.process.execute(command("slow"), controller.signal));
    setTimeout(() => controller.abort(), 50);
    expect(await outcome).toMatchObject({ code: "offline", sent: "maybe" });
    expect(await ask("aborted")).toBe(1);
  });

  it("reconcile answers only what was asked, once", async () => {
    const answers = await plugin.process.reconcile([command("a"), command("b")]);
    expect(answers.map(({ txn }) => txn)).toEqual(["a", "b"]);
    expect(answers[0]).toMatchObject({ found: "yes", sec: { link: MEASURED } });
  });

  it("open, close, list, history and health", async () => {
    expect(await plugin.process.open("#new")).toMatchObject({ id: "#new", state: "joined" });
    await plugin.process.close("#new");
    expect(await plugin.process.list("conversations", "q")).toMatchObject([{ id: "#c", topic: "conversations q" }, { id: "bob" }]);
    const { batch, more } = await plugin.process.history({ conv: "#c", limit: 20 });
    expect([batch.events[0], more]).toMatchObject([{ kind: "gap", reason: "20", sec: { link: MEASURED } }, true]);
    expect(await plugin.process.health()).toEqual({ lagMs: 0, state: "online" });
  });

  it("ingest, lookup and vault reach the host and come back", async () => {
    expect(await ask("ingest")).toEqual({ inserted: 0, duplicates: 0 });
    expect(plugin.host.batches.at(-1)).toEqual({
      source: "catchup",
      events: [],
      cursor: { scope: "s", value: "v" },
      kv: { a: new Uint8Array([1, 2]), b: null },
    });
    expect(await ask("vault")).toEqual(["t-1", "none"]);
    expect(await ask("lookup")).toBe("none");
  });

  it("what fails inside the host is told without its words, and what is too large is refused where it is made", async () => {
    plugin.host.ingest = () => Promise.reject(new Error("SQLITE_FULL: /home/alice/homeport.db"));
    expect(await ask("ingest")).toEqual({ code: "internal", sent: "maybe", message: "The host could not do this." });
    expect(plugin.host.lines.join()).toContain("SQLITE_FULL");
    expect(await ask("large")).toMatchObject({ code: "too-large", sent: "no" });
  });

  it("a plugin that chats too much is slowed down by the kit, not ended by the host; the last state arrives", async () => {
    expect(await ask("chatter")).toBe("said");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(plugin.exits).toEqual([]);
    expect(plugin.host.lines.length).toBeLessThanOrEqual(220);
    expect(plugin.host.lines.join()).not.toContain("hunter2");
    expect(plugin.host.states.length).toBeLessThanOrEqual(60);
    expect(plugin.process.state.state).toBe("online");
  });

  it("with a code cache a child is smaller, and cannot write the cache", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hp-cache-"));
    const files = {
      code: pluginCode(),
      module: join(ROOT, "test/faults/plugins/prober.ts"),
      dataDir: join(folder, "data"),
      codeCache: join(folder, "cache"),
    };
    if (!where.isolated) throw new Error(where.reason);
    expect(await prepareCodeCache(where, files)).toBe(true);
    await using without = await running("prober", where);
    await using cached = await running("prober", where, { codeCache: files.codeCache });
    expect(residentBytes([cached.process.pid as number])).toBeLessThan(0.8 * residentBytes([without.process.pid as number]));
    const [answer] = await cached.process.split("write", "/cache/poison", "text");
    expect(JSON.parse(answer as string)).toMatchObject({ code: "EROFS" });
    rmSync(folder, { recursive: true });
  });
});
