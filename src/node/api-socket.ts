import { chmod, lstat, readFile, rename, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { once } from "node:events";
import { BULK } from "../api/bulk.ts";
import { MAX_REQUEST } from "../api/codec.ts";
import type { Handlers } from "../api/methods.ts";
import { serve, type ServeOptions } from "../api/server.ts";
import { HomeportError } from "../sync/errors.ts";
import { lineChannel } from "./api-socket-channel.ts";
import { prepareSocketPath } from "./api-socket-path.ts";

const MAX_CONNECTIONS = 128;
/** In bytes; a request is limited in UTF-16 code units, of which each takes up to 3. */
const MAX_LINE = 3 * MAX_REQUEST;

export interface ApiSocketOptions extends ServeOptions {
  /** The data folder; the path of the socket is written into its file `socket`, where clients find it. */
  data: string;
  handlers: Handlers;
  env: Readonly<Record<string, string | undefined>>;
  /** Takes a connection that does not begin as JSON: bytes of files. */
  bulk?: ((socket: Socket) => void) | undefined;
}

export interface ApiSocket {
  /** Of the unix socket, or of the named pipe on Windows. */
  path: string;
  /** Ends all connections and removes the socket. */
  close(): Promise<void>;
}

/**
 * The device API for programs of the same person on this machine: JSON-RPC, one message a line. The socket (0600, in a folder
 * of 0700) is the whole access control. Throws `locked` where another daemon answers on the folder.
 */
export async function serveApiSocket({ data, handlers, env, bulk, ...options }: ApiSocketOptions): Promise<ApiSocket> {
  const path = await prepareSocketPath(data, env);
  await removeStale(path);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    void route(socket, () => serve(lineChannel(socket, MAX_LINE), handlers, options), bulk);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, path);
  const note = join(data, "socket");
  await announce(note, path);
  return {
    path,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      if ((await readFile(note, "utf8").catch(() => "")) === path) await rm(note, { force: true });
    },
  };
}

/** JSON begins with a brace, or with white space before it; nothing is read of it here. */
async function route(socket: Socket, calls: () => void, bulk: ((socket: Socket) => void) | undefined): Promise<void> {
  if (bulk === undefined) return calls();
  socket.on("error", () => socket.destroy());
  await Promise.race([once(socket, "readable"), once(socket, "close")]);
  const first = socket.read(1) as Uint8Array | null;
  if (first === null) return void socket.destroy();
  socket.unshift(first);
  if (first[0] === BULK.charCodeAt(0)) bulk(socket);
  else calls();
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
  if (process.platform !== "win32") await chmod(path, 0o600);
}

/** Whole or not at all: a client never reads half a path. */
async function announce(note: string, path: string): Promise<void> {
  await writeFile(`${note}.new`, path, { mode: 0o600 });
  await rename(`${note}.new`, note);
}

async function removeStale(path: string): Promise<void> {
  const found = process.platform === "win32" ? undefined : await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new HomeportError("locked", `${path} is in the way; remove it.`);
  if (await answers(path)) throw new HomeportError("locked", "A daemon already runs on this data folder; use it, or stop it first.");
  await rm(path, { force: true });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
