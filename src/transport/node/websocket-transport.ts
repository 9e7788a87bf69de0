import type {
  ComponentLogger,
  Connection,
  CreateListenerOptions,
  DialTransportOptions,
  Listener,
  Transport,
  Upgrader,
} from "@libp2p/interface";
import { transportSymbol } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import { WebSocket } from "ws";
import { parseAddress } from "../addresses.ts";
import { MAX_MESSAGE, WebSocketConnection } from "./websocket-connection.ts";
import type { WebSocketEntrance } from "./websocket-entrance.ts";
import { WebSocketListener, type WebSocketListenerInit } from "./websocket-listener.ts";

export interface WebSocketTransportInit extends Pick<WebSocketListenerInit, "maxConnections" | "handshakes" | "handshakeTimeout"> {
  entrance: WebSocketEntrance;
}

/** WebSocket over TCP, for browsers and for whoever is behind a proxy; Noise encrypts, so there is no TLS of its own. */
export function webSocketTransport(
  init: WebSocketTransportInit,
): (components: { logger: ComponentLogger; upgrader: Upgrader }) => Transport {
  return ({ logger, upgrader: own }) => {
    const log = logger.forComponent("homeport:websocket");
    init.entrance.open({ upgrader: own, log });
    const filter = (addresses: Multiaddr[]): Multiaddr[] => addresses.filter((address) => parseAddress(address.toString())?.way === "ws");
    return {
      [Symbol.toStringTag]: "homeport-websocket",
      [transportSymbol]: true,
      listenFilter: filter,
      dialFilter: filter,
      createListener: ({ upgrader }: CreateListenerOptions): Listener => new WebSocketListener({ ...init, upgrader, log }),
      dial: async (address: Multiaddr, options: DialTransportOptions): Promise<Connection> => {
        const socket = await open(address, init, options.signal);
        const connection = new WebSocketConnection({ socket, remoteAddr: address, direction: "outbound", log });
        try {
          return await options.upgrader.upgradeOutbound(connection, options);
        } catch (error) {
          connection.abort(error as Error);
          throw error;
        }
      },
    };
  };
}

async function open(address: Multiaddr, { handshakeTimeout }: WebSocketTransportInit, signal: AbortSignal): Promise<WebSocket> {
  signal.throwIfAborted();
  const target = parseAddress(address.toString());
  if (target === undefined) throw new TypeError("not an address of this transport");
  const host = target.family === 6 ? `[${target.host}]` : target.host;
  const options = { handshakeTimeout, maxPayload: MAX_MESSAGE, perMessageDeflate: false, followRedirects: false };
  const socket = new WebSocket(`ws://${host}:${target.port}/`, options);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort);
  socket.once("open", resolve);
  // Stays: ending a socket that is still connecting makes it report an error.
  socket.on("error", reject);
  try {
    await promise;
    return socket;
  } catch (error) {
    socket.terminate();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
