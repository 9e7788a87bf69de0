import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A way between a client and a server on 127.0.0.1 that a test can harm. */
export class TcpProxy implements AsyncDisposable {
  readonly host = "127.0.0.1";
  /** Connections of clients so far. */
  connections = 0;
  readonly #server: Server;
  readonly #ways = new Set<Way>();
  #target: number;
  #refusing = false;
  #stalled = false;
  #delayMs = 0;

  constructor(target: number) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => this.#accept(client));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections now. */
  get live(): number {
    return this.#ways.size;
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, this.host), "listening");
  }

  /** Later connections go to this port. */
  redirect(target: number): void {
    this.#target = target;
  }

  /** Ends all connections, at both ends, with a reset. */
  cut(): void {
    for (const way of this.#ways) way.reset();
  }

  /** New connections are accepted and ended at once. */
  refuse(on: boolean): void {
    this.#refusing = on;
  }

  /** Nothing passes, nothing is lost: it all arrives when the stall is over. Also for connections to come. */
  stall(on: boolean): void {
    this.#stalled = on;
    for (const way of this.#ways) way.stall(on);
  }

  /** Each piece that arrives from now on passes so much later, in order. */
  delay(milliseconds: number): void {
    this.#delayMs = milliseconds;
  }

  /** The server sees all present connections reset; their clients see silence, and what they write vanishes. */
  halfOpen(): void {
    for (const way of this.#ways) way.loseServer();
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.cut();
    await once(this.#server.close(), "close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(client: Socket): void {
    this.connections += 1;
    if (this.#refusing) return void client.destroy();
    const way = new Way(client, connect({ port: this.#target, host: this.host, allowHalfOpen: true }), () => this.#delayMs);
    this.#ways.add(way);
    way.onceGone(() => this.#ways.delete(way));
    way.stall(this.#stalled);
  }
}

export async function tcpProxy(target: number): Promise<TcpProxy> {
  const proxy = new TcpProxy(target);
  await proxy.listen();
  return proxy;
}

/** One connection: two sockets and what is between them. */
class Way {
  readonly #client: Socket;
  readonly #server: Socket;
  #serverLost = false;
  #stalled = false;

  constructor(client: Socket, server: Socket, delay: () => number) {
    this.#client = client;
    this.#server = server;
    this.#forward(client, server, delay);
    this.#forward(server, client, delay);
  }

  onceGone(then: () => void): void {
    this.#client.once("close", then);
  }

  stall(on: boolean): void {
    this.#stalled = on;
    for (const socket of [this.#client, this.#server]) {
      if (on) socket.pause();
      else socket.resume();
    }
  }

  reset(): void {
    for (const socket of [this.#client, this.#server]) socket.resetAndDestroy();
  }

  loseServer(): void {
    this.#serverLost = true;
    this.#server.resetAndDestroy();
    this.#stalled = false;
    this.#client.resume();
  }

  /** All pieces of one direction take the same time, so that they keep their order. */
  #forward(from: Socket, to: Socket, delay: () => number): void {
    let earlier = Promise.resolve();
    const pass = (act: () => void) => {
      const wait = delay();
      const due = wait > 0 ? new Promise<void>((resolve) => setTimeout(resolve, wait)) : undefined;
      earlier = earlier.then(() => due).then(act);
    };
    from.on("data", (chunk: Buffer) => pass(() => this.#write(from, to, chunk)));
    from.on("end", () => pass(() => void (this.#serverLost || to.end())));
    from.on("error", () => from.destroy());
    from.on("close", () => pass(() => void (this.#serverLost || to.destroy())));
  }

  #write(from: Socket, to: Socket, chunk: Buffer): void {
    if (this.#serverLost || to.destroyed || to.write(chunk)) return;
    from.pause();
    to.once("drain", () => void (this.#stalled || from.resume()));
  }
}
