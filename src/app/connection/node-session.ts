import type { Channel } from "../../api/channel.ts";
import type { Connection } from "./bulk.ts";
import { nodeBulk } from "./node-bulk.ts";
import { HomeportError } from "../../api/errors.ts";

const KEY = "homeport-session";

/** Where the page controls the node of this machine: the key that, with the cookie, opens its device API. */
export function storedSession(): string | undefined {
  return localStorage.getItem(KEY) ?? undefined;
}

export function forgetSession(): void {
  localStorage.removeItem(KEY);
}

/**
 * Trades the one-time token in the address (`#token=…`) for a session, and removes it from the address bar. False where there
 * is none. Throws `HomeportError`: `wrong-link`.
 */
export async function redeemToken(): Promise<boolean> {
  const token = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (token === undefined) return false;
  history.replaceState(null, "", "/");
  const response = await fetch("/api/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  const answer = (await response.json()) as { key?: string; code?: string; message?: string };
  if (!response.ok || answer.key === undefined) throw new HomeportError(answer.code ?? "refused", answer.message ?? "The node refused.");
  localStorage.setItem(KEY, answer.key);
  return true;
}

/** Throws `HomeportError`: `no-session` where the node does not know it any more, `no-daemon` where nothing answers. */
export async function connectToNode(session: string): Promise<Connection> {
  const channel = socketChannel(await openSocket(session, "/api/socket"));
  return { channel, bulk: nodeBulk(() => openSocket(session, "/api/bulk")) };
}

function openSocket(session: string, path: string): Promise<WebSocket> {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}${path}`);
  return new Promise((resolve, reject) => {
    socket.onopen = () => socket.send(JSON.stringify({ session }));
    socket.onmessage = () => {
      socket.onclose = null;
      resolve(socket);
    };
    socket.onclose = ({ code }) =>
      reject(
        code === 4401
          ? new HomeportError("no-session", "This browser is not signed in to the node any more.")
          : new HomeportError("no-daemon", "The node on this computer does not answer."),
      );
  });
}

function socketChannel(socket: WebSocket): Channel {
  return {
    send: (text) => {
      if (socket.readyState !== WebSocket.OPEN) return Promise.reject(new Error("the connection is closed"));
      socket.send(text);
      return Promise.resolve();
    },
    onMessage: (handler) => {
      socket.onmessage = ({ data }: MessageEvent<unknown>) => {
        if (typeof data === "string") void handler(data);
      };
    },
    onClose: (handler) => {
      if (socket.readyState === WebSocket.CLOSED) handler();
      else socket.addEventListener("close", () => handler(), { once: true });
    },
    close: () => socket.close(),
  };
}
