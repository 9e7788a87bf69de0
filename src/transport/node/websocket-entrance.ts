import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger, Upgrader } from "@libp2p/interface";
import { ipPortToMultiaddr } from "@libp2p/utils";
import type { Multiaddr } from "@multiformats/multiaddr";
import { type WebSocket, WebSocketServer } from "ws";
import { MAX_MESSAGE, WebSocketConnection } from "./websocket-connection.ts";

/** Takes requests for a WebSocket from a server that others serve too, such as that of the app. */
export class WebSocketEntrance {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false });
  readonly #stopped = new AbortController();
  #inside: { upgrader: Upgrader; log: Logger } | undefined;

  /** Called by the transport that it belongs to. */
  open(inside: { upgrader: Upgrader; log: Logger }): void {
    this.#inside = inside;
  }

  /** `from`: whose request it is, as far as the server knows. False where nobody takes it. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, from: { host: string; port: number }): boolean {
    const inside = this.#inside;
    if (!inside || this.#stopped.signal.aborted) return false;
    const remoteAddr = ipPortToMultiaddr(from.host, from.port).encapsulate("/tls/ws");
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      void acceptWebSocket(webSocket, { ...inside, remoteAddr, signal: this.#stopped.signal });
    });
    return true;
  }

  close(): void {
    this.#stopped.abort();
    this.#server.close();
  }
}

export interface Accepted {
  upgrader: Upgrader;
  log: Logger;
  remoteAddr: Multiaddr;
  signal: AbortSignal;
}

export async function acceptWebSocket(socket: WebSocket, { upgrader, log, remoteAddr, signal }: Accepted): Promise<void> {
  const connection = new WebSocketConnection({ socket, remoteAddr, direction: "inbound", log });
  try {
    await upgrader.upgradeInbound(connection, { signal });
  } catch (error) {
    connection.abort(error as Error);
  }
}
