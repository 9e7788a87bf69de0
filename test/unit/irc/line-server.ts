import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** A server whose every line the test writes itself: for what real servers do only on bad days. */
export class LineServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #waiting: LineConnection[] = [];
  readonly #all = new Set<Socket>();
  #wake: (() => void) | undefined;

  constructor() {
    this.#server = createServer((socket) => {
      this.#all.add(socket);
      socket.once("close", () => this.#all.delete(socket));
      this.#waiting.push(new LineConnection(socket));
      this.#wake?.();
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that nobody has taken yet. */
  get untaken(): number {
    return this.#waiting.length;
  }

  async listen(): Promise<this> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return this;
  }

  /** The next connection that comes in. */
  async accept(timeoutMs = 5_000): Promise<LineConnection> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const next = this.#waiting.shift();
      if (next) return next;
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`nobody connected within ${timeoutMs} ms`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, left);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#all) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

export interface Greeting {
  nick?: string;
  /** Capabilities offered; all that the client asks for are granted. */
  caps?: string[];
  /** Tokens of 005. */
  isupport?: string[];
}

/** One client of a `LineServer`. */
export class LineConnection {
  /** Whole lines of the client so far. */
  readonly lines: string[] = [];
  readonly socket: Socket;
  #rest = "";
  #seen = 0;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => socket.destroy());
    socket.setEncoding("utf8").on("data", (chunk) => {
      const parts = (this.#rest + String(chunk)).split("\r\n");
      this.#rest = parts.pop() ?? "";
      this.lines.push(...parts);
      this.#wake?.();
    });
    socket.on("close", () => this.#wake?.());
  }

  send(...lines: string[]): void {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }

  /** The next line of the client that fits; those before it are passed over. */
  async next(pattern: RegExp, timeoutMs = 5_000): Promise<string> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      for (; this.#seen < this.lines.length; this.#seen++) {
        const line = this.lines[this.#seen] ?? "";
        if (pattern.test(line)) {
          this.#seen += 1;
          return line;
        }
      }
      const left = deadline - performance.now();
      if (left <= 0 || this.socket.destroyed) throw new Error(`no line like ${pattern} in:\n${this.lines.join("\n")}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, left);
      });
    }
  }

  async gone(): Promise<void> {
    if (!this.socket.destroyed) await once(this.socket, "close");
  }

  /** Lets the client in. */
  async greet({ nick = "alice", caps = [], isupport = [] }: Greeting = {}): Promise<this> {
    await this.next(/^CAP LS/);
    this.send(`:irc.test CAP * LS :${caps.join(" ")}`);
    const request = await this.next(/^CAP (REQ|END)/);
    if (request.startsWith("CAP REQ")) {
      this.send(`:irc.test CAP * ACK :${request.slice("CAP REQ :".length)}`);
      await this.next(/^CAP END/);
    }
    return this.welcome({ nick, isupport });
  }

  welcome({ nick = "alice", isupport = [] }: Greeting = {}): this {
    this.send(
      `:irc.test 001 ${nick} :Welcome ${nick}!alice@host.test`,
      `:irc.test 005 ${nick} CASEMAPPING=ascii CHANTYPES=# ${isupport.join(" ")} :are supported`,
      `:irc.test 376 ${nick} :End of MOTD`,
    );
    return this;
  }

  /** Lets the client into the channel that it asks for. */
  async admit(channel: string, names = "alice", nick = "alice"): Promise<void> {
    await this.next(new RegExp(`^JOIN ${channel}( |$)`));
    this.joined(channel, names, nick);
  }

  joined(channel: string, names = "alice", nick = "alice"): void {
    this.send(
      `:${nick}!alice@host.test JOIN ${channel}`,
      `:irc.test 353 ${nick} = ${channel} :${names}`,
      `:irc.test 366 ${nick} ${channel} :End of NAMES`,
    );
  }
}

export function lineServer(): Promise<LineServer> {
  return new LineServer().listen();
}
