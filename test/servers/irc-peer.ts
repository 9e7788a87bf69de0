import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

const LIMIT = 200_000;

export interface IrcPeerOptions {
  /** Default 127.0.0.1. */
  host?: string | undefined;
  port: number;
  nick: string;
  /** Default: no TLS. `ca` is PEM text. */
  tls?: { ca: string; servername: string } | undefined;
  /** Capabilities to ask for. */
  caps?: string[] | undefined;
  /** Server password. */
  password?: string | undefined;
  /** Default true: resolves once the server has welcomed it. */
  register?: boolean | undefined;
}

/** The other person: a bare IRC client on a socket, without any IRC library, so that tests see what the server says. */
export class IrcPeer implements AsyncDisposable {
  readonly nick: string;
  /** Every line that came, in order, without its line end. */
  readonly lines: string[] = [];
  readonly #socket: Socket;
  readonly #unmatched: string[] = [];
  #rest = "";
  #wake: (() => void) | undefined;

  constructor(socket: Socket, nick: string) {
    this.#socket = socket;
    this.nick = nick;
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => this.#take(String(chunk)));
    socket.on("error", (error) => this.#line(`ERROR :socket: ${error.message}`));
    socket.on("close", () => this.#wake?.());
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** One line, as it stands. */
  raw(line: string): void {
    this.#socket.write(`${line}\r\n`);
  }

  say(target: string, text: string): void {
    this.raw(`PRIVMSG ${target} :${text}`);
  }

  notice(target: string, text: string): void {
    this.raw(`NOTICE ${target} :${text}`);
  }

  action(target: string, text: string): void {
    this.say(target, `\u0001ACTION ${text}\u0001`);
  }

  /** Resolves when the names of the channel have come. */
  async join(channel: string): Promise<void> {
    this.raw(`JOIN ${channel}`);
    await this.waitFor(new RegExp(` 366 \\S+ ${escaped(channel)} `, "i"));
  }

  part(channel: string): void {
    this.raw(`PART ${channel}`);
  }

  /** The first line that fits and was not returned before; lines that came earlier count. */
  async waitFor(pattern: RegExp | ((line: string) => boolean), timeoutMs = 10_000): Promise<string> {
    const fits = typeof pattern === "function" ? pattern : (line: string) => pattern.test(line);
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const index = this.#unmatched.findIndex(fits);
      if (index >= 0) return this.#unmatched.splice(index, 1)[0] ?? "";
      const left = deadline - Date.now();
      if (left <= 0 || !this.isOpen) throw this.#missing(pattern);
      await this.#nextLine(left);
    }
  }

  /** The lines so far that fit. */
  matching(pattern: RegExp): string[] {
    return this.lines.filter((line) => pattern.test(line));
  }

  /** Says goodbye and waits until the connection is gone. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const closed = once(this.#socket, "close");
    this.#socket.end("QUIT\r\n");
    const timer = setTimeout(() => this.#socket.destroy(), 1000);
    await closed;
    clearTimeout(timer);
  }

  /** Without goodbye. */
  cut(): void {
    this.#socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(chunk: string): void {
    const parts = (this.#rest + chunk).split(/\r?\n/);
    this.#rest = parts.pop() ?? "";
    for (const line of parts) this.#line(line);
  }

  #line(line: string): void {
    if (line.startsWith("PING ")) return this.raw(`PONG ${line.slice(5)}`);
    if (this.lines.length >= LIMIT) throw new Error(`more than ${LIMIT} lines for one peer`);
    this.lines.push(line);
    this.#unmatched.push(line);
    this.#wake?.();
  }

  #nextLine(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #missing(pattern: RegExp | ((line: string) => boolean)): Error {
    const state = this.isOpen ? "open" : "closed";
    return new Error(`${this.nick} (${state}) got no line like ${String(pattern)}; the last were:\n${this.lines.slice(-20).join("\n")}`);
  }
}

/** Connected, and registered unless told otherwise. */
export async function ircPeer(options: IrcPeerOptions): Promise<IrcPeer> {
  const { nick, caps = [] } = options;
  const peer = new IrcPeer(await connected(options), nick);
  if (options.register === false) return peer;
  if (caps.length > 0) peer.raw("CAP LS 302");
  if (options.password !== undefined) peer.raw(`PASS :${options.password}`);
  peer.raw(`NICK ${nick}`);
  peer.raw(`USER ${nick} 0 * :${nick}`);
  if (caps.length > 0) await negotiate(peer, caps);
  await peer.waitFor(/^(@\S+ )?:\S+ 001 /);
  return peer;
}

async function negotiate(peer: IrcPeer, caps: string[]): Promise<void> {
  await peer.waitFor(/ CAP \S+ LS :/);
  peer.raw(`CAP REQ :${caps.join(" ")}`);
  await peer.waitFor(/ CAP \S+ ACK /);
  peer.raw("CAP END");
}

async function connected({ host = "127.0.0.1", port, tls }: IrcPeerOptions): Promise<Socket> {
  const socket = tls ? connectTls({ host, port, ...tls }) : connectTcp(port, host);
  await once(socket, tls ? "secureConnect" : "connect");
  return socket;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
