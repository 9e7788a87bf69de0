import type { Duplex } from "node:stream";
import type { IrcMessage } from "irc-framework";
import { type IrcClient, startClient } from "./client.ts";
import type { IrcConfig } from "./config.ts";
import { closedByServer, connectionLost, type Failure, failure, saslFailed } from "./failures.ts";
import { type Progress, Registration } from "./registration.ts";

export type Registered = Extract<Progress, { state: "registered" }>;

export interface LinkHooks {
  /** The greeting is over. Returns who reads the lines from here on. */
  registered: (link: Link, registered: Registered) => (message: IrcMessage) => void;
  /** The server refused our request for capabilities as a whole. */
  capabilitiesRefused: () => void;
  oversized: (bytes: number) => void;
  malformed: (error: unknown) => void;
}

export interface LinkOptions {
  config: IrcConfig;
  /** Ask for no capability but SASL. */
  basic: boolean;
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
  readonly #registration: Registration;
  readonly #deadline: NodeJS.Timeout;
  #reader: ((message: IrcMessage) => void) | undefined;
  #why: Failure | undefined;
  #isCut = false;

  constructor(stream: Duplex, { config, basic, deadlineMs }: LinkOptions, hooks: LinkHooks) {
    const { promise, resolve } = Promise.withResolvers<Failure>();
    this.closed = promise;
    this.#host = config.host;
    this.#hooks = hooks;
    this.#registration = new Registration(config);
    this.#deadline = setTimeout(() => this.cut(tooSlow(config.host)), deadlineMs);
    const events = {
      line: (message: IrcMessage) => this.#take(message),
      saslFailed: (reason: string, words: string | undefined) => (this.#why ??= saslFailed(config.host, reason, words)),
      closed: (error: unknown) => resolve(this.#ended(error)),
      oversized: hooks.oversized,
      malformed: hooks.malformed,
    };
    this.#client = startClient(stream, config, events, basic);
  }

  /** False where the connection is gone. Throws a `BridgeError` for a line that must not go out. */
  write(line: string): boolean {
    return this.#client.write(line);
  }

  get capabilities(): readonly string[] {
    return this.#client.capabilities();
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
    if (command === "CAP" && params[1]?.toUpperCase() === "NAK") this.#hooks.capabilitiesRefused();
    if (this.#reader) this.#reader(message);
    else this.#register(this.#registration.take(message));
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
