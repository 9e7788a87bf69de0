import { createServer, type Server as NetServer, type Socket } from "node:net";
import type { Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Server as TlsServer } from "node:tls";

/** Milliseconds until something has to be said. */
const FIRST_WORD_MS = 10_000;
const MAX_CONNECTIONS = 512;
/** First byte of a TLS record that carries a handshake (RFC 8446 §5.1). */
const HANDSHAKE = 0x16;
const ACME = "acme-tls/1";

export interface SharedPort {
  secure: HttpsServer;
  plain: HttpServer;
  /** For an issuer that looks whether the name is ours; undefined while none does. */
  proof: () => TlsServer | undefined;
}

/**
 * One port for HTTPS and for plain HTTP, told apart by the first byte: who types the address without `https` is helped on instead of
 * being met by an error, and one port in the router is enough.
 */
export class PortServer {
  readonly #targets: SharedPort;
  readonly #server: NetServer;
  readonly #sockets = new Set<Socket>();

  constructor(targets: SharedPort) {
    this.#targets = targets;
    this.#server = createServer({ noDelay: true }, (socket) => this.#take(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Resolves with the port. Rejects with what the system says. */
  listen({ host, port }: { host: string; port: number }): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off("error", reject);
        resolve((this.#server.address() as { port: number }).port);
      });
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const silent = setTimeout(() => socket.destroy(), FIRST_WORD_MS);
    const failed = (): void => void socket.destroy();
    socket.once("close", () => clearTimeout(silent));
    socket.on("error", failed);
    socket.once("data", (first: Buffer) => {
      clearTimeout(silent);
      socket.off("error", failed);
      socket.pause();
      socket.unshift(first);
      this.#targetOf(first).emit("connection", socket);
      // A server of plain HTTP reads as soon as something flows; TLS takes the socket over by itself.
      process.nextTick(() => socket.resume());
    });
  }

  #targetOf(first: Buffer): NetServer {
    if (first[0] !== HANDSHAKE) return this.#targets.plain;
    const proof = this.#targets.proof();
    return proof && first.includes(ACME) ? proof : this.#targets.secure;
  }
}
