import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isOwnHost } from "../../../src/node/metrics/own-host.ts";
import { type MetricsServer, serveMetrics } from "../../../src/node/metrics/server.ts";

let state: "starting" | "open" | "locked" = "open";
let server: MetricsServer;
const source = {
  version: "1.2.3",
  state: () => state,
  uptime: () => 12,
  databaseBytes: () => 4096,
  measure: () => ({ sessions: 2, entries: 7, missing: 3, outbox: { queued: 1, "in-doubt": 2 }, bridges: { online: 1 } }),
};

beforeAll(async () => {
  server = await serveMetrics({ host: "127.0.0.1", port: 0 }, source);
});
afterAll(() => server.close());

function ask(path: string, { method = "GET", host = `127.0.0.1:${server.port}` } = {}): Promise<{ code: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port: server.port, path, method, headers: { host } }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text: string) => (body += text));
      answer.on("end", () => resolve({ code: answer.statusCode ?? 0, body }));
    });
    asking.on("error", reject);
    asking.end();
  });
}

describe("metrics", () => {
  test("numbers for an operator, in Prometheus' text format", async () => {
    const { code, body } = await ask("/metrics");
    expect(code).toBe(200);
    for (const line of [
      'homeport_info{version="1.2.3"} 1',
      "homeport_sessions 2",
      "homeport_entries 7",
      "homeport_sync_missing_entries 3",
      "homeport_database_bytes 4096",
      'homeport_outbox_messages{state="in-doubt"} 2',
      'homeport_bridge_accounts{state="online"} 1',
      'homeport_state{state="locked"} 0',
    ])
      expect(body.split("\n")).toContain(line);
    expect(body).toContain("nodejs_eventloop_lag_p99_seconds");
  });

  test("no name, id or address stands in a label", async () => {
    const { body } = await ask("/metrics");
    const labels = [...body.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = ""]) => list.split(",").map((pair) => pair.split("=")[0]));
    const ofNode = ["kind", "major", "minor", "patch", "space", "type", "version", "quantile", "le", "pid"];
    expect([...new Set(labels)].filter((label) => !ofNode.includes(label ?? ""))).toEqual(["state"]);
  });

  test("health says the state: ready to be used while open or locked", async () => {
    for (const [now, code] of [
      ["open", 200],
      ["locked", 200],
      ["starting", 503],
    ] as const) {
      state = now;
      expect(await ask("/health")).toEqual({ code, body: JSON.stringify({ state: now }) });
    }
    state = "open";
  });

  test("every request has to name this server, known path or not; only GET is answered", async () => {
    for (const host of ["evil.example", `evil.example:${server.port}`, "127.0.0.1", `127.0.0.2:${server.port}`])
      for (const path of ["/metrics", "/health", "/nowhere"]) expect([host, (await ask(path, { host })).code]).toEqual([host, 421]);
    expect((await ask("/metrics", { host: `localhost:${server.port}` })).code).toBe(200);
    for (const method of ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
      expect([method, (await ask("/metrics", { method })).code]).toEqual([method, 405]);
    expect((await ask("/nowhere")).code).toBe(404);
  });

  test("a port that is taken is said so", async () => {
    await expect(serveMetrics({ host: "127.0.0.1", port: server.port }, source)).rejects.toMatchObject({ code: "port-in-use" });
  });
});

test("which names are a server's own", () => {
  const any = { host: "0.0.0.0", port: 9464 };
  expect(isOwnHost("192.168.1.5:9464", any, [])).toBe(true);
  expect(isOwnHost("[fe80::1]:9464", any, [])).toBe(true);
  expect(isOwnHost("Attic:9464", any, ["attic"])).toBe(true);
  expect(isOwnHost("evil.example:9464", any, ["attic"])).toBe(false);
  expect(isOwnHost("192.168.1.5:9464", { host: "192.168.1.6", port: 9464 }, [])).toBe(false);
  expect(isOwnHost("home.example", { host: "home.example", port: 80 }, [])).toBe(true);
  for (const bad of [undefined, "", "a b", "localhost:9464:1", "localhost:", "user@localhost:9464"])
    expect(isOwnHost(bad, any, [])).toBe(false);
});
