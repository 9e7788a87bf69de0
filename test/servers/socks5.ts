import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** What a client of the proxy asked for; the host is a name where the client left the lookup to the proxy. */
export interface SocksRequest {
  host: string;
  port: number;
}

export interface Socks5Options {
  /** Default: none is asked for. */
  login?: { username: string; password: string } | undefined;
  /** Addresses of names, e.g. `{ "irc.example.test": "127.0.0.1" }`. Other names get "host unreachable". */
  names?: Record<string, string> | undefined;
}

const VERSION = 5;
const METHOD = { none: 0, login: 2, unacceptable: 0xff };
const REPLY = { ok: 0, unreachable: 4, refused: 5, unsupported: 7 };

/** A SOCKS5 proxy (RFC 1928, RFC 1929; CONNECT only) on 127.0.0.1 that remembers what it was asked for. */
export class Socks5Proxy implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly requests: SocksRequest[] = [];
  /** Connections of clients so far, whatever became of them. */
  connections = 0;
  /** Logins that were refused. */
  refusedLogins = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #options: Socks5Options;

  constructor(options: Socks5Options) {
    this.#options = options;
    this.#server = createServer((socket) => void this.#serve(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, this.host), "listening");
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server.close(), "close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(client: Socket): Promise<void> {
    this.connections += 1;
    this.#track(client);
    try {
      const input = new ByteReader(client);
      if (await this.#greet(client, input)) await this.#connect(client, input);
      else client.end();
    } catch (error) {
      client.destroy(error instanceof Error ? error : undefined);
    }
  }

  async #greet(client: Socket, input: ByteReader): Promise<boolean> {
    const offered = await input.take((await input.header(VERSION))[1] ?? 0);
    const { login } = this.#options;
    const method = login ? METHOD.login : METHOD.none;
    const agreed = offered.includes(method);
    client.write(Buffer.of(VERSION, agreed ? method : METHOD.unacceptable));
    return agreed && (!login || (await this.#checkLogin(client, input, login)));
  }

  async #checkLogin(client: Socket, input: ByteReader, login: { username: string; password: string }): Promise<boolean> {
    const username = await input.take((await input.header(1))[1] ?? 0);
    const password = await input.take((await input.take(1))[0] ?? 0);
    const right = username.toString() === login.username && password.toString() === login.password;
    if (!right) this.refusedLogins += 1;
    client.write(Buffer.of(1, right ? 0 : 1));
    return right;
  }

  async #connect(client: Socket, input: ByteReader): Promise<void> {
    const [, command] = await input.header(VERSION);
    const request = await readTarget(input);
    if (command !== 1 || !request) return void client.end(reply(REPLY.unsupported));
    this.requests.push(request);
    const address = this.#resolve(request.host);
    if (!address) return void client.end(reply(REPLY.unreachable));
    const server = connect(request.port, address);
    this.#track(server);
    if (!(await isConnected(server))) return void client.end(reply(REPLY.refused));
    client.write(reply(REPLY.ok));
    input.release();
    client.once("close", () => server.destroy());
    server.once("close", () => client.destroy());
    client.pipe(server).pipe(client);
  }

  #resolve(host: string): string | undefined {
    return /^[\d.]+$|:/.test(host) ? host : this.#options.names?.[host];
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

export async function socks5(options: Socks5Options = {}): Promise<Socks5Proxy> {
  const proxy = new Socks5Proxy(options);
  await proxy.listen();
  return proxy;
}

async function isConnected(socket: Socket): Promise<boolean> {
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  }
}

async function readTarget(input: ByteReader): Promise<SocksRequest | undefined> {
  const [, type] = await input.take(2);
  const host = await readHost(input, type);
  if (host === undefined) return undefined;
  return { host, port: (await input.take(2)).readUInt16BE() };
}

async function readHost(input: ByteReader, type: number | undefined): Promise<string | undefined> {
  if (type === 1) return (await input.take(4)).join(".");
  if (type === 3) return (await input.take((await input.take(1))[0] ?? 0)).toString();
  if (type === 4) return (await input.take(16)).toString("hex").match(/.{4}/g)?.join(":");
  return undefined;
}

function reply(code: number): Buffer {
  return Buffer.of(VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0);
}

/** Exactly so many bytes at a time; the rest stays in the socket. */
class ByteReader {
  readonly #socket: Socket;
  #buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  readonly #onData = (chunk: Buffer) => {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    this.#wake?.();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", this.#onData);
    socket.once("close", () => this.#wake?.());
  }

  async take(length: number): Promise<Buffer> {
    while (this.#buffer.length < length) {
      if (this.#socket.destroyed) throw new Error("the client went away");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  /** A version byte and the byte after it. */
  async header(version: number): Promise<Buffer> {
    const taken = await this.take(2);
    if (taken[0] !== version) throw new Error(`version ${String(taken[0])} instead of ${version}`);
    return taken;
  }

  release(): void {
    this.#socket.off("data", this.#onData);
    this.#socket.pause();
    if (this.#buffer.length > 0) this.#socket.unshift(this.#buffer);
  }
}
