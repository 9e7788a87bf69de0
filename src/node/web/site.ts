import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import type { FastifyInstance, FastifyReply } from "fastify";
import { isLoopback } from "../tls/private-ranges.ts";
import { type Doors, type Purpose, type Refusal, refusalAt, type RequestFacts } from "./access.ts";
import type { AppFile } from "./app-files.ts";
import { contentSecurityPolicy, securityHeaders } from "./headers.ts";

/** Where own devices open a WebSocket; it is what a multiaddr of `/tls/ws` stands for. */
const PEER_PATH = "/";
const API = "/api/";

/** Takes an upgrade to WebSocket for the connections of own devices; false where there are none now. `from`: who it comes from. */
export type AcceptPeer = (request: IncomingMessage, socket: Duplex, head: Buffer, from: PeerPlace) => boolean;

export interface PeerPlace {
  /** IP address. */
  host: string;
  port: number;
}

export interface SiteOptions {
  files: ReadonlyMap<string, AppFile>;
  doors: () => Doors;
  acceptPeer: AcceptPeer;
  /** Browsers are told to come by HTTPS alone: only under a name whose certificate everybody trusts. */
  strictTransport: boolean;
  /** What a page may know of the way that phones take. */
  wayForPhones: () => { origin: string | null; install: readonly string[] };
}

/** The app's files and the connections of own devices, under rules that hold for every request (`access.ts`). */
export function makeSite(app: FastifyInstance, options: SiteOptions): void {
  const { files, doors, strictTransport, wayForPhones } = options;
  const headers = {
    ...securityHeaders(contentSecurityPolicy(files.get("/index.html")?.bytes.toString("utf8") ?? "")),
    ...(strictTransport ? { "strict-transport-security": "max-age=31536000" } : {}),
  };
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(headers);
    const purpose = request.url.startsWith(API) ? "control" : "page";
    const refusal = refusalAt(doors(), purpose, factsOf(request.raw, false));
    if (refusal) await refuse(reply, refusal);
  });
  app.setErrorHandler(async (error: { statusCode?: number }, _request, reply) => {
    const status = error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 500;
    await reply.code(status).send({ code: "refused", message: "This request was not understood." });
  });
  app.get("/address.json", async (_request, reply) => reply.header("cache-control", "no-store").send(wayForPhones()));
  serveFiles(app, files);
}

/** `api`: takes upgrades for the device API, where it is served. */
export function takeUpgrades(
  app: FastifyInstance,
  { doors, acceptPeer }: SiteOptions,
  api?: { takes(path: string | undefined): boolean; accept(request: IncomingMessage, socket: Duplex, head: Buffer): void },
): void {
  app.server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const purpose: Purpose | undefined = request.url === PEER_PATH ? "peer" : api?.takes(request.url) ? "control" : undefined;
    const refusal = purpose ? refusalAt(doors(), purpose, factsOf(request, true)) : NO_SUCH;
    if (refusal) return turnAway(socket, refusal);
    if (purpose === "control") return api?.accept(request, socket, head);
    // A small frame that waits for the acknowledgement of the one before costs 40 ms.
    request.socket.setNoDelay(true);
    if (!acceptPeer(request, socket, head, placeOf(request, doors()))) turnAway(socket, CLOSED);
    return undefined;
  });
}

function factsOf({ method = "GET", headers }: IncomingMessage, websocket: boolean): RequestFacts {
  const { host, origin } = headers;
  return { method, host, origin, fetchSite: headers["sec-fetch-site"], contentType: headers["content-type"], websocket };
}

/** A proxy on this machine says whom it speaks for; nobody else is believed. */
function placeOf({ socket, headers }: Pick<IncomingMessage, "socket" | "headers">, { phones }: Doors): PeerPlace {
  const own = { host: socket.remoteAddress ?? "0.0.0.0", port: socket.remotePort ?? 0 };
  const isProxied = phones.some((origin) => new URL(origin).host === headers.host?.toLowerCase());
  if (!isProxied || !isLoopback(socket.remoteAddress)) return own;
  // The last one is what the proxy added; those before it are what its caller claimed.
  const last = String(headers["x-forwarded-for"] ?? "")
    .split(",")
    .at(-1)
    ?.trim();
  return last !== undefined && isIP(last) !== 0 ? { ...own, host: last } : own;
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

const NO_SUCH = { status: 404, message: "There is nothing here." };
const CLOSED = { status: 503, message: "Homeport is locked or starting." };

export function turnAway(socket: Duplex, { status, message }: { status: number; message: string }): void {
  const body = JSON.stringify({ code: "refused", message });
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
