import { tcp } from "@libp2p/tcp";
import type { TransportFactory } from "../environment.ts";
import type { TransportLimits } from "../limits.ts";
import type { WebSocketEntrance } from "./websocket-entrance.ts";
import { webSocketTransport } from "./websocket-transport.ts";

/** Relays and WebRTC find their place here. */
export function nodeTransports(limits: TransportLimits, entrance: WebSocketEntrance): TransportFactory[] {
  const maxConnections = 2 * limits.connections;
  const { handshakes, handshakeTimeout } = limits;
  return [tcp({ maxConnections }), webSocketTransport({ maxConnections, handshakes, handshakeTimeout, entrance })];
}
