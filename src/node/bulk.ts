import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { BULK, bulkHead, bulkPieces, MAX_BULK_HEAD, MAX_PIECE } from "../api/bulk.ts";
import type { BulkPort } from "../device/bulk-port.ts";
import { HomeportError } from "../sync/errors.ts";

const COME_MS = 30_000;
/** A side that does nothing for so long is gone. */
const SILENT_MS = 60_000;

/** A connection of the API's socket, or a WebSocket of a page. */
export type BulkStream = Duplex & { setTimeout(ms: number, run: () => void): unknown };

export interface Bulk extends BulkPort {
  /** A connection that does not speak JSON. */
  accept(socket: BulkStream): void;
}

/** Waits for connections by ticket. */
export function createBulk(): Bulk {
  const waiting = new Map<string, (socket: BulkStream) => void>();

  function meet(signal: AbortSignal, tell: (ticket: string) => Promise<void>): Promise<BulkStream> {
    const ticket = randomBytes(24).toString("base64url");
    return new Promise((resolve, reject) => {
      const end = (error?: unknown) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        waiting.delete(ticket);
        if (error !== undefined) reject(error instanceof Error ? error : new Error("ended", { cause: error }));
      };
      const abort = () => end(signal.reason);
      const timer = setTimeout(() => end(new HomeportError("cancelled", "Nobody came for the bytes of the file.")), COME_MS);
      signal.addEventListener("abort", abort, { once: true });
      waiting.set(ticket, (socket) => {
        end();
        resolve(socket);
      });
      if (signal.aborted) abort();
      else tell(ticket).catch(end);
    });
  }

  async function withSocket<T>(
    signal: AbortSignal,
    tell: (ticket: string) => Promise<void>,
    use: (socket: BulkStream) => Promise<T>,
  ): Promise<T> {
    const socket = await meet(signal, tell);
    const abort = () => socket.destroy();
    signal.addEventListener("abort", abort, { once: true });
    socket.setTimeout(SILENT_MS, abort);
    try {
      if (signal.aborted) abort();
      return await use(socket);
    } finally {
      signal.removeEventListener("abort", abort);
      socket.destroy();
    }
  }

  return {
    accept: (socket) => void admit(socket, waiting),
    receive: (signal, tell, take) => withSocket(signal, tell, (socket) => take(pieces(socket, signal))),
    send: (signal, tell, bytes) => withSocket(signal, tell, (socket) => write(socket, bytes)),
  };
}

/** The ticket is in the first line, which the other side sends at once. */
async function admit(socket: BulkStream, waiting: ReadonlyMap<string, (socket: BulkStream) => void>): Promise<void> {
  socket.on("error", () => socket.destroy());
  const line = await firstLine(socket).catch(() => undefined);
  const [word, ticket = ""] = line?.split(" ") ?? [];
  const meet = word === BULK ? waiting.get(ticket) : undefined;
  if (meet) meet(socket);
  else socket.destroy();
}

async function firstLine(socket: BulkStream): Promise<string> {
  const timer = setTimeout(() => socket.destroy(), COME_MS);
  const bytes: number[] = [];
  try {
    for (;;) {
      const byte = socket.read(1) as Uint8Array | null;
      if (byte === null) {
        if (socket.readableEnded || socket.destroyed) throw new Error("no line");
        await Promise.race([once(socket, "readable"), once(socket, "close")]);
        continue;
      }
      if (byte[0] === 10) return String.fromCharCode(...bytes);
      bytes.push(byte[0] as number);
      if (bytes.length > MAX_BULK_HEAD) throw new Error("no line");
    }
  } finally {
    clearTimeout(timer);
  }
}

async function* pieces(socket: BulkStream, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* bulkPieces(socket);
  } catch (cause) {
    signal.throwIfAborted();
    throw new HomeportError("cancelled", "The bytes of the file broke off; nothing was sent.", { cause });
  }
}

async function write(socket: BulkStream, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes)
    for (let at = 0; at < chunk.length; at += MAX_PIECE) {
      const piece = chunk.subarray(at, at + MAX_PIECE);
      await put(socket, bulkHead(piece.length));
      await put(socket, piece);
    }
  await put(socket, bulkHead(0));
  await new Promise<void>((resolve) => socket.end(() => resolve()));
}

function put(socket: BulkStream, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const broken = (cause?: unknown) => reject(new HomeportError("cancelled", "Nobody takes the bytes of the file any more.", { cause }));
    if (socket.destroyed) return broken();
    socket.write(bytes, (error) => (error ? broken(error) : resolve()));
  });
}
