import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { hostname, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEgress } from "../../src/bridges/host/egress/index.ts";
import { type Isolation, probeIsolation } from "../../src/bridges/host/process/index.ts";
import { bwrap, isolation, NOT_ISOLATED, ROOT, running, type Started } from "./plugins/harness.ts";

interface Outcome {
  ok?: unknown;
  error?: string;
  code?: string;
}

/** Below its own /tmp a plugin may look, and finds nothing. */
const NOT_THERE = /^(ERR_ACCESS_DENIED|ENOENT)$/;

async function attempt({ process }: Started, what: string, argument = ""): Promise<Outcome> {
  const [answer] = await process.split(what, argument, "text");
  return JSON.parse(answer ?? "null") as Outcome;
}

/** What a node has that no plugin may see. */
function makeNode() {
  const folder = mkdtempSync(join(tmpdir(), "hp-node-"));
  const database = join(folder, "homeport.db");
  const db = new BetterSqlite(database);
  db.exec("create table secrets (x)");
  db.close();
  mkdirSync(join(folder, "accounts", "other"), { recursive: true });
  writeFileSync(join(folder, "accounts", "other", "state"), "private");
  return { folder, database, other: join(folder, "accounts", "other", "state") };
}

describe.skipIf(!bwrap.ok)("an isolated plugin", () => {
  const node = makeNode();
  const server = createServer((socket) => socket.end("the node's own service"));
  let where: Isolation;
  let port: number;

  beforeAll(async () => {
    where = await isolation();
    await once(server.listen(0, "127.0.0.1"), "listening");
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.close();
    rmSync(node.folder, { recursive: true });
  });

  it("cannot read, list or open what is the machine's, the node's or another account's", async () => {
    await using plugin = await running("prober", where);
    for (const path of [
      "/etc/passwd",
      "/etc/shadow",
      node.database,
      node.other,
      "/proc/1/environ",
      `${ROOT}src/node`,
      join(plugin.folder, "data"),
    ]) {
      expect([path, (await attempt(plugin, "read", path)).code]).toEqual([path, expect.stringMatching(NOT_THERE)]);
    }
    for (const path of ["/", "/home", "/root", node.folder]) {
      expect([path, (await attempt(plugin, "list", path)).code]).toEqual([path, expect.stringMatching(NOT_THERE)]);
    }
  });

  it("cannot get at them by SQLite either, which Node's permissions do not know", async () => {
    await using plugin = await running("prober", where);
    for (const path of [node.database, node.other, "/etc/passwd"]) {
      expect(await attempt(plugin, "sqlite", path)).toEqual({ error: "unable to open database file", code: "ERR_SQLITE_ERROR" });
    }
    for (const path of ["/app/x.db", "/new.db", "/dev/shm/x.db", "/usr/x.db"])
      expect((await attempt(plugin, "sqlite", path)).ok).toBeUndefined();
    expect(await attempt(plugin, "sqlite", "/data/own.db")).toEqual({ ok: "[]" });
  });

  it("can write only in its own folder", async () => {
    await using plugin = await running("prober", where);
    expect(await attempt(plugin, "write", "/data/note")).toEqual({ ok: null });
    for (const path of ["/app/src/bridges/kit/child.ts", "/app/new", "/node", "/cache/x", "/dev/shm/x"]) {
      expect([path, (await attempt(plugin, "write", path)).ok]).toEqual([path, undefined]);
    }
  });

  it("has no network: not the node's loopback services, not by itself", async () => {
    await using plugin = await running("prober", where);
    expect((await attempt(plugin, "knock", String(port))).code).toBe("ECONNREFUSED");
  });

  it("is refused by the broker: undeclared hosts, and the node's own services by every name of this machine", async () => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const names = [
      "127.0.0.1",
      "localhost",
      "127.9.9.9",
      "0.0.0.0",
      "[::1]",
      "::ffff:127.0.0.1",
      hostname(),
      ...addresses.map((one) => one.address.replace(/%.*/, "")),
    ];
    const egress = createEgress({
      declared: names.map((name) => `${name}:${port}`),
      ownPorts: () => [port],
      tls: { allowUnverified: false },
    });
    await using plugin = await running("prober", where, { egress });
    for (const host of names) {
      const outcome = await attempt(plugin, "dial", JSON.stringify({ host, port, tls: "none" }));
      expect([host, outcome.code]).toEqual([host, "forbidden"]);
    }
    const undeclared = await attempt(plugin, "dial", JSON.stringify({ host: "127.0.0.1", port: port - 1, tls: "none" }));
    expect(undeclared).toMatchObject({ code: "forbidden", error: expect.stringContaining("does not declare") as string });
  });

  it("cannot start processes, threads or native code", async () => {
    await using plugin = await running("prober", where);
    for (const [what, argument] of [
      ["spawn", "/bin/true"],
      ["spawn", "/node"],
      ["worker", ""],
    ] as const) {
      expect([what, (await attempt(plugin, what, argument)).code]).toEqual([what, "ERR_ACCESS_DENIED"]);
    }
    expect((await attempt(plugin, "addon", "/app/node_modules/better-sqlite3/build/Release/better_sqlite3.node")).ok).toBeUndefined();
  });

  it("sees no other process and nothing of the host in its environment and arguments", async () => {
    process.env["HOMEPORT_TEST_SECRET"] = "in the host only";
    await using plugin = await running("prober", where);
    expect(await attempt(plugin, "environment")).toEqual({ ok: { PWD: "/data" } });
    expect(JSON.stringify(await attempt(plugin, "arguments"))).not.toContain(tmpdir());
    expect((await attempt(plugin, "pid")).ok).toBe(2);
    expect((await attempt(plugin, "kill", String(process.pid))).code).toBe("ESRCH");
  });

  it("says that it is isolated, and runs in the process that its pid names", async () => {
    await using plugin = await running("prober", where);
    expect(plugin.process.isolated).toBe(true);
    expect(plugin.process.tree.length).toBe(3);
    expect(plugin.process.pid).toBe(plugin.process.tree[2]);
  });
});

describe.skipIf(!bwrap.ok)("under an older bwrap, without the newer options,", () => {
  it("a plugin is kept from files and network all the same", async () => {
    const where = await isolation();
    const older: Isolation = where.isolated ? { ...where, strict: false } : where;
    await using plugin = await running("prober", older);
    expect(await attempt(plugin, "sqlite", "/etc/passwd")).toMatchObject({ code: "ERR_SQLITE_ERROR" });
    expect((await attempt(plugin, "write", "/dev/shm/x")).ok).toBeUndefined();
    expect((await attempt(plugin, "knock", "1")).code).toBe("ECONNREFUSED");
  });
});

describe("where bwrap does not run", () => {
  it("the probe says why", async () => {
    expect(await probeIsolation("/nowhere/bwrap")).toMatchObject({
      isolated: false,
      reason: expect.stringContaining("bwrap does not run here") as string,
    });
    expect(await probeIsolation("no-such-bwrap")).toMatchObject({
      isolated: false,
      reason: expect.stringContaining("install the package bubblewrap") as string,
    });
  });

  it("a plugin runs with the second layer alone, and says that it is not isolated", async () => {
    const node = makeNode();
    await using plugin = await running("prober", NOT_ISOLATED);
    expect(plugin.process.isolated).toBe(false);
    expect(plugin.process.tree).toEqual([plugin.process.pid]);
    for (const path of ["/etc/passwd", node.database, node.other])
      expect((await attempt(plugin, "read", path)).code).toBe("ERR_ACCESS_DENIED");
    expect((await attempt(plugin, "spawn", "/bin/true")).code).toBe("ERR_ACCESS_DENIED");
    expect((await attempt(plugin, "environment")).ok).toEqual({});
    expect(await attempt(plugin, "write", "own-file")).toEqual({ ok: null });
    rmSync(node.folder, { recursive: true });
  });
});
