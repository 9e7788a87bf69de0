import type { Duplex } from "node:stream";
import type { IrcMessage } from "irc-framework";
import { type IrcClient, startClient } from "./client.ts";
import type { IrcConfig } from "./config.ts";
import { WANTED } from "./capabilities.ts";
import { closedByServer, connectionLost, type Failure, failure } from "./failures.ts";
import { Negotiation } from "./negotiation.ts";
import { type Progress, Registration } from "./registration.ts";

export type Registered = Extract<Progress, { state: "registered" }>;

export interface LinkHooks {
  /** The greeting is over. Returns who reads the lines from here on. */
  registered: (link: Link, registered: Registered) => (message: IrcMessage) => void;
  /** The server has said what it can do; `sts`: what it promises about its encryption. A failure ends the connection. */
  offered: (sts: string | undefined) => Failure | undefined;
  oversized: (bytes: number) => void;
  malformed: (error: unknown) => void;
}

export interface LinkOptions {
  config: IrcConfig;
  /** Milliseconds until the greeting must be over. */
  deadlineMs: number;
}

/** One connection to a server, from registration to its end, and why it ended. */
export class Link {
  /** Never rejects. */
  readonly closed: Promise<Failure>;
  readonly #host: string;
  readonly #hooks: LinkHooks;
  readonly #client: IrcClient;
  readonly #negotiation: Negotiation;
  readonly #registration: Registration;
  readonly #deadline: NodeJS.Timeout;
  #reader: ((message: IrcMessage) => void) | undefined;
  #why: Failure | undefined;
  #isCut = false;

  constructor(stream: Duplex, { config, deadlineMs }: LinkOptions, hooks: LinkHooks) {
    const { promise, resolve } = Promise.withResolvers<Failure>();
    this.closed = promise;
    this.#host = config.host;
    this.#hooks = hooks;
    this.#negotiation = new Negotiation({ host: config.host, wanted: WANTED, sasl: config.sasl });
    this.#registration = new Registration(config);
    this.#deadline = setTimeout(() => this.cut(tooSlow(config.host)), deadlineMs);
    const events = {
      line: (message: IrcMessage) => this.#take(message),
      closed: (error: unknown) => resolve(this.#ended(error)),
      oversized: hooks.oversized,
      malformed: hooks.malformed,
    };
    this.#client = startClient(stream, config, events);
  }

  /** False where the connection is gone. Throws a `BridgeError` for a line that must not go out. */
  write(line: string): boolean {
    return this.#client.write(line);
  }

  get capabilities(): readonly string[] {
    return this.#negotiation.enabled;
  }

  /** How we logged in, e.g. `SASL PLAIN`. */
  get mechanism(): string | undefined {
    return this.#negotiation.mechanism;
  }

  quit(reason: string): void {
    this.#client.quit(reason);
  }

  cut(why: Failure): void {
    this.#why ??= why;
    this.#isCut = true;
    this.#client.cut();
  }

  #take(message: IrcMessage): void {
    const { command, params } = message;
    // More lines may have come with the one that was the last for us.
    if (this.#isCut) return;
    if (command === "PING") return void this.write(`PONG :${params.at(-1) ?? ""}`);
    if (command === "ERROR" && this.#reader) this.#why ??= closedByServer(this.#host, params.at(-1) ?? "");
    this.#negotiate(message);
    if (this.#isCut) return;
    if (this.#reader) this.#reader(message);
    else this.#register(this.#registration.take(message));
  }

  #negotiate(message: IrcMessage): void {
    const { write, failure: failed, offered } = this.#negotiation.take(message);
    const refused = failed ?? (offered ? this.#hooks.offered(this.#negotiation.valueOf("sts")) : undefined);
    if (refused) return this.cut(refused);
    for (const line of write) this.write(line);
  }

  #register(progress: Progress): void {
    if (progress.state === "failed") this.cut(progress.failure);
    if (progress.state === "going-on" && progress.write !== undefined) this.write(progress.write);
    if (progress.state !== "registered") return;
    clearTimeout(this.#deadline);
    this.#reader = this.#hooks.registered(this, progress);
  }

  #ended(error: unknown): Failure {
    clearTimeout(this.#deadline);
    return this.#why ?? connectionLost(this.#host, error);
  }
}

function tooSlow(host: string): Failure {
  return failure("soon", "offline", `${host} has not let us in in time.`, "none");
}
