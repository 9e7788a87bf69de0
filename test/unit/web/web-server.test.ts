import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Handlers } from "../../../src/api/methods.ts";
import type { Clock } from "../../../src/sync/ports.ts";
import type { AppFile } from "../../../src/node/web/app-files.ts";
import { OneTimeTokens } from "../../../src/node/web/one-time-tokens.ts";
import { serveWeb, type WebServer } from "../../../src/node/web/web-server.ts";
import { textOf } from "../../../src/node/web/websocket-channel.ts";
import { WebSessions } from "../../../src/node/web/web-sessions.ts";
import { temporaryStore } from "./temporary-store.ts";

const MINUTE = 60_000;

let now = 1_700_000_000_000;
const clock: Clock = { now: () => now, after: () => () => undefined };
const file = (text: string, type: string): AppFile => ({
  type,
  bytes: Buffer.from(text),
  brotli: undefined,
  etag: `"${text.length}"`,
  immutable: false,
});
const files = new Map([
  ["/", file("<html></html>", "text/html; charset=utf-8")],
  ["/index.html", file("<html></html>", "text/html; charset=utf-8")],
]);
const handlers = { status: async () => ({ version: "0" }) } as unknown as Handlers;

let server: WebServer;
let tokens: OneTimeTokens;
const peers: { host: string; from: string }[] = [];
beforeEach(async () => {
  tokens = new OneTimeTokens(clock);
  const sessions = new WebSessions(temporaryStore(), clock);
  server = await serveWeb({
    ...{ address: { host: "127.0.0.1", port: 0 }, files, handlers, sessions, tokens, clock },
    phones: () => ["https://chat.example.org"],
    acceptPeer: (request, socket, _head, from) => {
      peers.push({ host: String(request.headers.host), from: from.host });
      socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n");
      return true;
    },
    wayForPhones: () => ({ origin: "https://chat.example.org", install: [] }),
  });
});
afterEach(() => server.close());

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

function ask(path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: "127.0.0.1",
        port: server.port,
        path,
        method: options.method ?? "GET",
        headers: { host: `localhost:${server.port}`, ...options.headers },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      },
    );
    asked.on("error", reject).end(options.body);
  });
}

const enter = (token: string, headers: Record<string, string> = {}): Promise<Answer> =>
  ask("/api/session", {
    method: "POST",
    headers: { "content-type": "application/json", "sec-fetch-site": "same-origin", ...headers },
    body: JSON.stringify({ token }),
  });

async function signIn(): Promise<{ cookie: string; key: string }> {
  const answer = await enter(tokens.issue());
  const cookie = String(answer.headers["set-cookie"]).split(";")[0] as string;
  return { cookie, key: (JSON.parse(answer.text) as { key: string }).key };
}

/** The first message of the device API's socket, or the code with which it was closed, or the refused status. */
function openSocket(headers: Record<string, string>, first: string | undefined): Promise<string | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/api/socket`, { headers: { host: `localhost:${server.port}`, ...headers } });
  return new Promise((resolve) => {
    socket.on("open", () => first !== undefined && socket.send(first));
    socket.on("message", (data) => {
      resolve(textOf(data));
      socket.terminate();
    });
    socket.on("close", (code) => resolve(code));
    socket.on("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
    socket.on("error", () => undefined);
  });
}

describe("the app's files", () => {
  test("come with a policy that lets nothing else run, and only those that are there", async () => {
    const page = await ask("/");
    expect(page.status).toBe(200);
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(page.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(page.headers).toMatchObject({ "x-content-type-options": "nosniff", "cross-origin-opener-policy": "same-origin" });
    for (const path of ["/../package.json", "/..%2fpackage.json", "//etc/passwd", "/index.html/", "/%00", "/api/other"])
      expect((await ask(path)).status, path).toBe(404);
  });

  test("are not there under another name of this machine", async () => {
    expect((await ask("/", { headers: { host: `rebound.example:${server.port}` } })).status).toBe(421);
  });
});

describe("letting a browser in", () => {
  test("a token works once, and a cookie that scripts cannot read comes with it", async () => {
    const token = tokens.issue();
    const first = await enter(token);
    expect(first.status).toBe(200);
    expect(String(first.headers["set-cookie"])).toMatch(/^__Host-homeport=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict/);
    expect(await enter(token)).toMatchObject({ status: 403, text: expect.stringContaining("wrong-link") });
  });

  test("a token is good for ten minutes", async () => {
    const token = tokens.issue();
    now += 10 * MINUTE + 1;
    expect((await enter(token)).status).toBe(403);
  });

  test("another site cannot redeem one, nor a form", async () => {
    const token = tokens.issue();
    expect((await enter(token, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await enter(token, { "content-type": "text/plain" })).status).toBe(415);
    expect((await enter(token)).status).toBe(200);
  });

  test("guessing is slowed down", async () => {
    const answers: number[] = [];
    for (let i = 0; i < 12; i++) answers.push((await enter("x".repeat(43))).status);
    expect(answers.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 403));
    expect(answers.slice(10)).toEqual([429, 429]);
    now += MINUTE;
    expect((await enter("x".repeat(43))).status).toBe(403);
  });

  test("a body that is too large, or none, costs nothing", async () => {
    const headers = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
    expect((await ask("/api/session", { method: "POST", headers, body: JSON.stringify({ token: "x".repeat(10_000) }) })).status).toBe(413);
    expect((await ask("/api/session", { method: "POST", headers, body: "{" })).status).toBe(400);
  });
});

describe("the device API", () => {
  test("answers who has cookie and key, and nobody else", async () => {
    const { cookie, key } = await signIn();
    const hello = JSON.stringify({ session: key });
    const own = { origin: `http://localhost:${server.port}` };
    expect(await openSocket({ ...own, cookie }, hello)).toBe('{"session":"ok"}');
    expect(await openSocket({ ...own }, hello)).toBe(4401);
    expect(await openSocket({ ...own, cookie: "__Host-homeport=wrong" }, hello)).toBe(4401);
    expect(await openSocket({ ...own, cookie }, JSON.stringify({ session: "wrong" }))).toBe(4401);
    expect(await openSocket({ ...own, cookie }, "no json")).toBe(4401);
    const other = await signIn();
    expect(await openSocket({ ...own, cookie }, JSON.stringify({ session: other.key }))).toBe(4401);
  });

  test("is not opened by pages of another origin, nor without one", async () => {
    const { cookie, key } = await signIn();
    const hello = JSON.stringify({ session: key });
    expect(await openSocket({ origin: "http://evil.example", cookie }, hello)).toBe(403);
    expect(await openSocket({ cookie }, hello)).toBe(403);
    expect(await openSocket({ origin: `http://localhost:${server.port}`, host: "evil.example", cookie }, hello)).toBe(421);
  });
});

describe("what a proxy on this machine passes on", () => {
  const through = { host: "chat.example.org" };

  test("is the app, and not the device API", async () => {
    expect((await ask("/", { headers: through })).status).toBe(200);
    const token = tokens.issue();
    expect((await enter(token, { ...through, origin: "https://chat.example.org" })).status).toBe(403);
    expect((await enter(token)).status).toBe(200);
    const { cookie, key } = await signIn();
    const own = { ...through, origin: "https://chat.example.org", cookie };
    expect(await openSocket(own, JSON.stringify({ session: key }))).toBe(403);
  });

  test("is what a page that cannot work there has to know", async () => {
    expect(JSON.parse((await ask("/address.json")).text)).toEqual({ origin: "https://chat.example.org", install: [] });
  });

  test("is connections of own devices, with the caller that the proxy names and nobody else", async () => {
    const knock = (headers: Record<string, string>) =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${server.port}/`, { headers });
        socket.on("error", resolve).on("close", resolve);
      });
    peers.length = 0;
    await knock({ ...through, "x-forwarded-for": "203.0.113.9, 198.51.100.7" });
    await knock({ ...through, "x-forwarded-for": "not an address" });
    await knock({ host: `localhost:${server.port}`, "x-forwarded-for": "203.0.113.9" });
    await knock({ host: "rebound.example" });
    expect(peers).toEqual([
      { host: "chat.example.org", from: "198.51.100.7" },
      { host: "chat.example.org", from: "127.0.0.1" },
      { host: `localhost:${server.port}`, from: "127.0.0.1" },
    ]);
  });
});
