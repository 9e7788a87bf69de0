import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { MAX_REQUEST } from "../../api/codec.ts";
import type { Handlers } from "../../api/methods.ts";
import { serve, type ServeOptions } from "../../api/server.ts";
import type { Clock } from "../../sync/ports.ts";
import type { BulkStream } from "../bulk.ts";
import type { OneTimeTokens } from "./one-time-tokens.ts";
import { RateLimit } from "./rate-limit.ts";
import { turnAway } from "./site.ts";
import type { WebSessions } from "./web-sessions.ts";
import { textOf, webSocketChannel } from "./websocket-channel.ts";

const COOKIE = "__Host-homeport";
const API_PATH = "/api/socket";
/** Bytes of files beside the calls; after the greeting as src/api/bulk.ts says. */
const BULK_PATH = "/api/bulk";
/** For the first message, which proves the session. */
const GREETING_MS = 10_000;
const MAX_SOCKETS = 32;

export interface ControlOptions extends ServeOptions {
  handlers: Handlers;
  sessions: WebSessions;
  tokens: OneTimeTokens;
  clock: Clock;
  bulk?: ((stream: BulkStream) => void) | undefined;
}

const tokenSchema = z.strictObject({ token: z.string().max(128) });

/** Trades a one-time token for a session. */
export function serveSessions(app: FastifyInstance, { tokens, sessions, clock }: ControlOptions): void {
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

/** The device API and the bytes of files over WebSocket, for who has a session. */
export class ControlSockets {
  readonly #options: ControlOptions;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 4 * MAX_REQUEST, perMessageDeflate: false, clientTracking: true });

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  takes(path: string | undefined): boolean {
    return path === API_PATH || (path === BULK_PATH && this.#options.bulk !== undefined);
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#server.clients.size >= MAX_SOCKETS) return turnAway(socket, { status: 503, message: "Too many pages are open." });
    const cookie = cookieOf(request);
    const isBulk = request.url === BULK_PATH;
    this.#server.handleUpgrade(request, socket, head, (opened) =>
      greet(opened, cookie, this.#options, () =>
        isBulk ? this.#options.bulk?.(bulkStream(opened, socket)) : serveApi(opened, this.#options),
      ),
    );
    return undefined;
  }

  close(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }
}

const greetingSchema = z.strictObject({ session: z.string().max(128) });

/** The first message carries the key, which another site could not have read; the cookie came with the upgrade. */
function greet(socket: WebSocket, cookie: string | undefined, { sessions }: ControlOptions, enter: () => void): void {
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

function serveApi(socket: WebSocket, { handlers, onMistake }: ControlOptions): void {
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
