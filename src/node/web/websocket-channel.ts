import type { RawData, WebSocket } from "ws";
import type { Channel } from "../../api/channel.ts";

/** Whole texts over a WebSocket; a binary message closes it. While a handler is at work nothing more is read. */
export function webSocketChannel(socket: WebSocket): Channel {
  return {
    send: (text) =>
      new Promise((resolve, reject) => {
        socket.send(text, (error) => (error ? reject(error) : resolve()));
      }),
    onMessage: (handler) => {
      let busy: Promise<void> = Promise.resolve();
      socket.on("message", (data, isBinary) => {
        if (isBinary) return socket.close(1003, "texts only");
        const handled = handler(textOf(data));
        if (!handled) return undefined;
        socket.pause();
        busy = busy
          .then(() => handled)
          .then(
            () => socket.resume(),
            () => socket.terminate(),
          );
        return undefined;
      });
    },
    onClose: (handler) => void (socket.readyState === socket.CLOSED ? handler() : socket.once("close", () => handler())),
    close: () => socket.close(),
  };
}

export function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return (Buffer.isBuffer(data) ? data : Buffer.from(data)).toString("utf8");
}
