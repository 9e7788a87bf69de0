import { BULK, bulkHead, bulkPieces, MAX_PIECE } from "../../api/bulk.ts";
import { HomeportError } from "../../api/errors.ts";
import { utf8 } from "../../sync/encoding/bytes.ts";
import type { Bulk } from "./bulk.ts";

/** A browser's WebSocket takes any amount; more than this is not given to it ahead of the line. */
const AHEAD = 4 << 20;
const LOOK_MS = 20;

/** Over WebSockets of their own to the node that this page controls. */
export function nodeBulk(connect: () => Promise<WebSocket>): Bulk {
  return {
    async upload(ticket, file) {
      const socket = await open(connect, ticket);
      try {
        for await (const piece of pieces(file)) {
          // The node ends it where the person called it off.
          if (socket.readyState !== WebSocket.OPEN) return;
          socket.send(bulkHead(piece.length) as Uint8Array<ArrayBuffer>);
          socket.send(piece);
          while (socket.bufferedAmount > AHEAD && socket.readyState === WebSocket.OPEN) await pause();
        }
        if (socket.readyState === WebSocket.OPEN) socket.send(bulkHead(0) as Uint8Array<ArrayBuffer>);
      } catch (error) {
        // A file that cannot be read to its end: without its end the node throws away what came.
        socket.close();
        throw error;
      }
    },
    async download(ticket, onProgress) {
      const socket = await open(connect, ticket);
      try {
        const parts: Blob[] = [];
        let bytes = 0;
        for await (const piece of bulkPieces(received(socket))) {
          parts.push(new Blob([piece as Uint8Array<ArrayBuffer>]));
          onProgress((bytes += piece.length));
        }
        return new Blob(parts);
      } catch (cause) {
        throw new HomeportError("broken-off", "The file broke off; get it again.", { cause });
      } finally {
        socket.close();
      }
    },
  };
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

async function open(connect: () => Promise<WebSocket>, ticket: string): Promise<WebSocket> {
  const socket = await connect();
  socket.binaryType = "arraybuffer";
  socket.send(utf8(`${BULK} ${ticket}\n`) as Uint8Array<ArrayBuffer>);
  return socket;
}

/** At most `MAX_PIECE` bytes each. */
async function* pieces(file: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < file.size; at += MAX_PIECE) yield new Uint8Array(await file.slice(at, at + MAX_PIECE).arrayBuffer());
}

/** Ends when the socket is closed. */
async function* received(socket: WebSocket): AsyncGenerator<Uint8Array> {
  const waiting: Uint8Array[] = [];
  let wake = (): void => undefined;
  let isOpen = socket.readyState === WebSocket.OPEN;
  socket.onmessage = ({ data }: { data: unknown }) => {
    if (data instanceof ArrayBuffer) waiting.push(new Uint8Array(data));
    wake();
  };
  socket.onclose = () => {
    isOpen = false;
    wake();
  };
  while (isOpen || waiting.length > 0) {
    const next = waiting.shift();
    if (next) yield next;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
}
