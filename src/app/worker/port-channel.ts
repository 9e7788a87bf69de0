import type { Channel } from "../../api/channel.ts";

/** Whole texts over a MessagePort. A port does not say that its other end is gone: the empty text does. */
export function portChannel(port: MessagePort): Channel {
  let closed = false;
  const handlers = new Set<() => void>();
  const end = () => {
    if (closed) return;
    closed = true;
    port.close();
    for (const handler of handlers) handler();
  };
  return {
    send: (text) => {
      if (closed) return Promise.reject(new Error("the channel is closed"));
      port.postMessage(text);
      return Promise.resolve();
    },
    onMessage: (handler) => {
      port.onmessage = ({ data }: MessageEvent<unknown>) => {
        if (typeof data !== "string" || data === "") return end();
        // A port has no way to hold back its other end, which is a page of this same app.
        void handler(data);
        return undefined;
      };
    },
    onClose: (handler) => {
      if (closed) handler();
      else handlers.add(handler);
    },
    close: () => {
      if (!closed) port.postMessage("");
      end();
    },
  };
}
