import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Listener, ListenerEvents, Logger, Upgrader } from "@libp2p/interface";
import { TypedEventEmitter } from "@libp2p/interface";
import { getNetConfig, getThinWaistAddresses, ipPortToMultiaddr } from "@libp2p/utils";
import type { Multiaddr } from "@multiformats/multiaddr";
import { WebSocketServer } from "ws";
import { MAX_MESSAGE } from "./websocket-connection.ts";
import { acceptWebSocket } from "./websocket-entrance.ts";

export interface WebSocketListenerInit {
  upgrader: Upgrader;
  log: Logger;
  maxConnections: number;
  /** Sockets that have not asked to become a WebSocket yet; the oldest gives way to a newer one. */
  handshakes: number;
  /** Milliseconds for the HTTP request. */
  handshakeTimeout: number;
}

export class WebSocketListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  readonly #init: WebSocketListenerInit;
  readonly #server: Server;
  readonly #webSockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false });
  readonly #sockets = new Set<Socket>();
  readonly #fresh = new Set<Duplex>();
  readonly #stopped = new AbortController();
  #address: Multiaddr | undefined;

  constructor(init: WebSocketListenerInit) {
    super();
    this.#init = init;
    this.#server = createServer({
      headersTimeout: init.handshakeTimeout,
      requestTimeout: init.handshakeTimeout,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 8 * 1024,
    });
    this.#server.maxConnections = init.maxConnections;
    this.#server.on("connection", (socket) => this.#track(socket));
    this.#server.on("request", (_request, response) => response.writeHead(426, { connection: "close" }).end());
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  async listen(address: Multiaddr): Promise<void> {
    const { host, port, type } = getNetConfig(address);
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port, ipv6Only: type === "ip6" }, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    this.#address = address;
    this.safeDispatchEvent("listening");
  }

  getAddrs(): Multiaddr[] {
    if (!this.#server.listening) return [];
    const { port } = this.#server.address() as AddressInfo;
    return getThinWaistAddresses(this.#address, port).map((address) => address.encapsulate("/ws"));
  }

  updateAnnounceAddrs(): void {
    // For transports whose addresses depend on what others see; these do not.
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    this.#webSockets.close();
    await closed;
    this.safeDispatchEvent("close");
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    this.#fresh.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#fresh.delete(socket);
    });
    if (this.#fresh.size <= this.#init.handshakes) return;
    const [oldest] = this.#fresh;
    oldest?.destroy();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#fresh.delete(socket);
    const { remoteAddress, remotePort } = request.socket;
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy();
      return;
    }
    const remoteAddr = ipPortToMultiaddr(remoteAddress, remotePort).encapsulate("/ws");
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const { upgrader, log } = this.#init;
      void acceptWebSocket(webSocket, { upgrader, log, remoteAddr, signal: this.#stopped.signal });
    });
  }
}
