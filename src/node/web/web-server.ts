import type { IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { MAX_REQUEST } from "../../api/codec.ts";
import type { Handlers } from "../../api/methods.ts";
import { serve, type ServeOptions } from "../../api/server.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Clock } from "../../sync/ports.ts";
import type { BulkStream } from "../bulk.ts";
import type { HttpAddress } from "../config.ts";
import { type Origins, originsOf, type Refusal, refusalOf, type RequestFacts } from "./access.ts";
import type { AppFile } from "./app-files.ts";
import { contentSecurityPolicy, securityHeaders } from "./headers.ts";
import type { OneTimeTokens } from "./one-time-tokens.ts";
import { RateLimit } from "./rate-limit.ts";
import type { WebSessions } from "./web-sessions.ts";
import { textOf, webSocketChannel } from "./websocket-channel.ts";

const COOKIE = "__Host-homeport";
const API_PATH = "/api/socket";
/** Bytes of files beside the calls; after the greeting as src/api/bulk.ts says. */
const BULK_PATH = "/api/bulk";
/** For the first message, which proves the session. */
const GREETING_MS = 10_000;
const MAX_CONNECTIONS = 256;
const MAX_SOCKETS = 32;

export interface WebServerOptions extends ServeOptions {
  address: HttpAddress;
  /** Further origins under which pages come, e.g. of a reverse proxy. */
  origins: readonly string[];
  files: ReadonlyMap<string, AppFile>;
  handlers: Handlers;
  sessions: WebSessions;
  tokens: OneTimeTokens;
  clock: Clock;
  bulk?: ((stream: BulkStream) => void) | undefined;
}

export interface WebServer {
  /** E.g. `http://localhost:4580`. */
  origin: string;
  port: number;
  close(): Promise<void>;
}

/**
 * The app's files and the device API for browsers. Throws `HomeportError`: `port-in-use`, `listen-failed`.
 */
export async function serveWeb(options: WebServerOptions): Promise<WebServer> {
  const app = fastify({
    bodyLimit: 4096,
    requestTimeout: 20_000,
    connectionTimeout: 60_000,
    forceCloseConnections: true,
    exposeHeadRoutes: true,
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  // Known once the port is: until then nothing is answered.
  let origins: Origins = [];
  const headers = securityHeaders(contentSecurityPolicy(options.files.get("/index.html")?.bytes.toString("utf8") ?? ""));
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(headers);
    const refusal = refusalOf(factsOf(request.raw, false), origins);
    if (refusal) await refuse(reply, refusal);
  });
  app.setErrorHandler(async (error: { statusCode?: number }, _request, reply) => {
    const status = error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 500;
    await reply.code(status).send({ code: "refused", message: "This request was not understood." });
  });
  serveFiles(app, options.files);
  serveSessions(app, options);
  const sockets = serveSockets(app, options, () => origins);
  const port = await listen(app, options.address);
  origins = originsOf(options.address.host, port, options.origins);
  return {
    origin: origins[0] as string,
    port,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      await app.close();
    },
  };
}

function factsOf({ method = "GET", headers }: IncomingMessage, websocket: boolean): RequestFacts {
  const { host, origin } = headers;
  return {
    method,
    host,
    origin,
    fetchSite: headers["sec-fetch-site"],
    contentType: headers["content-type"],
    websocket,
  };
}

async function refuse(reply: FastifyReply, { status, message }: Refusal): Promise<void> {
  await reply.code(status).send({ code: "refused", message });
}

function serveFiles(app: FastifyInstance, files: ReadonlyMap<string, AppFile>): void {
  app.get("/*", async (request, reply) => {
    const path = request.url.split("?", 1)[0] as string;
    const file = files.get(path);
    if (!file) return reply.code(404).send({ code: "not-found", message: "There is no such page." });
    reply.header("etag", file.etag).header("vary", "accept-encoding");
    reply.header("cache-control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
    if (request.headers["if-none-match"] === file.etag) return reply.code(304).send();
    const brotli = file.brotli && /\bbr\b/.test(String(request.headers["accept-encoding"] ?? "")) ? file.brotli : undefined;
    if (brotli) reply.header("content-encoding", "br");
    return reply.type(file.type).send(brotli ?? file.bytes);
  });
}

const tokenSchema = z.strictObject({ token: z.string().max(128) });

function serveSessions(app: FastifyInstance, { tokens, sessions, clock }: WebServerOptions): void {
  const limit = new RateLimit(clock, { burst: 10, refill: 6000 }, { burst: 60, refill: 1000 });
  app.post("/api/session", async (request, reply) => {
    if (!limit.allows(request.ip)) return reply.code(429).send({ code: "busy", message: "Too many attempts. Wait a minute." });
    const parsed = tokenSchema.safeParse(request.body);
    if (!parsed.success || !tokens.redeem(parsed.data.token))
      return reply
        .code(403)
        .send({ code: "wrong-link", message: "This link was used or has expired. Make a new one with `homeport open`." });
    const { cookie, key } = sessions.open();
    // `Secure` is honoured on localhost as well, which browsers trust like https.
    reply.header("set-cookie", `${COOKIE}=${cookie}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=2592000`);
    return reply.header("cache-control", "no-store").send({ key });
  });
}

function serveSockets(app: FastifyInstance, options: WebServerOptions, origins: () => Origins): WebSocketServer {
  const server = new WebSocketServer({ noServer: true, maxPayload: 4 * MAX_REQUEST, perMessageDeflate: false, clientTracking: true });
  app.server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const isBulk = request.url === BULK_PATH && options.bulk !== undefined;
    const refusal = request.url === API_PATH || isBulk ? refusalOf(factsOf(request, true), origins()) : NO_SUCH;
    if (refusal) return turnAway(socket, refusal);
    if (server.clients.size >= MAX_SOCKETS) return turnAway(socket, { status: 503, message: "Too many pages are open." });
    const cookie = cookieOf(request);
    server.handleUpgrade(request, socket, head, (opened) =>
      greet(opened, cookie, options, () => (isBulk ? options.bulk?.(bulkStream(opened, socket)) : serveApi(opened, options))),
    );
    return undefined;
  });
  return server;
}

const NO_SUCH = { status: 404, message: "There is nothing here." };

function turnAway(socket: Duplex, { status, message }: { status: number; message: string }): void {
  const body = JSON.stringify({ code: "refused", message });
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const greetingSchema = z.strictObject({ session: z.string().max(128) });

/** The first message carries the key, which another site could not have read; the cookie came with the upgrade. */
function greet(socket: WebSocket, cookie: string | undefined, { sessions }: WebServerOptions, enter: () => void): void {
  socket.on("error", () => socket.terminate());
  const timer = setTimeout(() => socket.terminate(), GREETING_MS);
  socket.once("close", () => clearTimeout(timer));
  socket.once("message", (data, isBinary) => {
    clearTimeout(timer);
    const key = isBinary ? undefined : keyOf(textOf(data));
    if (cookie === undefined || key === undefined || !sessions.isValid({ cookie, key })) return socket.close(4401, "no session");
    socket.send('{"session":"ok"}');
    enter();
    return undefined;
  });
}

function serveApi(socket: WebSocket, { handlers, onMistake }: WebServerOptions): void {
  serve(webSocketChannel(socket), handlers, onMistake ? { onMistake } : {});
}

/** `raw` is the connection below, whose silence ends it. */
function bulkStream(socket: WebSocket, raw: Duplex): BulkStream {
  const stream = createWebSocketStream(socket);
  return Object.assign(stream, { setTimeout: (ms: number, run: () => void) => void (raw as Socket).setTimeout(ms, run) });
}

function keyOf(text: string): string | undefined {
  try {
    const parsed = greetingSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.session : undefined;
  } catch {
    // Not JSON: no session either.
    return undefined;
  }
}

function cookieOf({ headers }: IncomingMessage): string | undefined {
  const found = headers.cookie?.split(";").find((part) => part.trim().startsWith(`${COOKIE}=`));
  return found?.trim().slice(COOKIE.length + 1);
}

async function listen(app: FastifyInstance, { host, port }: HttpAddress): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    if (code === "EADDRINUSE")
      throw new HomeportError("port-in-use", `Another program listens on port ${port} already. Choose another with --http.`, { cause });
    throw new HomeportError("listen-failed", `The web interface cannot listen on ${host}:${port}. Choose another address with --http.`, {
      cause,
    });
  }
  return (app.server.address() as AddressInfo).port;
}
