import type { Socket } from "node:net";
import type { Channel } from "../api/channel.ts";
import { LineReader } from "../api/lines.ts";

/** Newline-delimited texts over a socket. A line over `maxLine` bytes, or one that is not UTF-8, closes it. */
export function lineChannel(socket: Socket, maxLine: number): Channel {
  socket.on("error", () => socket.destroy());
  return {
    send: (text) =>
      new Promise((resolve, reject) => {
        socket.write(`${text}\n`, (error) => (error ? reject(error) : resolve()));
      }),
    onMessage: (handler) => void pump(socket, new LineReader(maxLine), handler),
    onClose: (handler) => void (socket.closed ? handler() : socket.once("close", handler)),
    close: () => socket.destroy(),
  };
}

/** One line after the other: the socket is not read on while a handler is at work. */
async function pump(socket: Socket, reader: LineReader, handler: (text: string) => void | Promise<void>): Promise<void> {
  try {
    for await (const chunk of socket as AsyncIterable<Uint8Array>) for (const line of reader.push(chunk)) await handler(line);
  } catch {
    // Broken off, or not lines: either way the socket ends, and `onClose` says so.
  }
  socket.destroy();
}
