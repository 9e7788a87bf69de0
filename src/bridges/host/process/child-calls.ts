import type { Clock } from "../../../sync/ports.ts";
import { BridgeError } from "../../kit/bridge-error.ts";
import { TokenBucket } from "../../kit/token-bucket.ts";
import type { Connection } from "../../kit/wire/connection.ts";
import type { Dialed, HostCalls, HostNotes } from "../../kit/wire/methods.ts";
import { WireError } from "../../kit/wire/wire-error.ts";
import type { DialedStream, Egress } from "../egress/index.ts";
import type { MeasuredLinks } from "./links.ts";
import { Relay } from "./relay.ts";
import { CALL_SCHEMAS, check, NOTE_SCHEMAS } from "./schema.ts";
import type { HostServices } from "./types.ts";

/** Messages without an answer; more is a flood. The kit's own limits are far below. */
const NOTE_RATE = { burst: 1_000, perSecond: 200 };
const DIAL_RATE = { burst: 30, perSecond: 2 };

export interface ChildCallsOptions {
  services: HostServices;
  egress: Egress;
  links: MeasuredLinks;
  clock: Clock;
  redact: (text: string) => string;
  hello: () => void;
  state: (state: HostNotes["state"]) => void;
  fatal: (message: string) => void;
}

type Handlers = { [M in keyof HostCalls]: (params: HostCalls[M], signal: AbortSignal) => Promise<unknown> };

/** Answers the calls of one child. Everything that it says is checked first; a violation is a `WireError`. */
export class ChildCalls {
  readonly #options: ChildCallsOptions;
  readonly #relays = new Map<number, Relay>();
  readonly #notes: TokenBucket;
  readonly #dials: TokenBucket;
  readonly #handlers: Handlers;
  #connection: Connection | undefined;

  constructor(options: ChildCallsOptions) {
    this.#options = options;
    this.#notes = new TokenBucket(NOTE_RATE, options.clock.now());
    this.#dials = new TokenBucket(DIAL_RATE, options.clock.now());
    const { services, links } = options;
    this.#handlers = {
      dial: (params, signal) => this.#dial(params, signal),
      upgrade: (params, signal) => this.#upgrade(params, signal),
      ingest: (batch) => services.ingest(links.correctBatch(batch)),
      lookup: async (query) => (await services.lookup(query)) ?? null,
      vaultGet: async ({ key }) => (await services.vaultGet(key)) ?? null,
      vaultSet: async ({ key, value }) => (await services.vaultSet(key, value)) ?? null,
    };
  }

  attach(connection: Connection): void {
    this.#connection = connection;
  }

  async serve(method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    if (!Object.hasOwn(this.#handlers, method)) throw new WireError("a call of an unknown method");
    const name = method as keyof HostCalls;
    const checked = check<unknown>(CALL_SCHEMAS[name], name, params);
    const handler = this.#handlers[name] as (params: unknown, signal: AbortSignal) => Promise<unknown>;
    try {
      return await handler(checked, signal);
    } catch (error) {
      throw this.#forChild(name, error);
    }
  }

  note(method: string, params: unknown): void {
    if (!this.#notes.take(this.#options.clock.now())) throw new WireError("a flood of messages");
    const { services, redact } = this.#options;
    if (method === "hello") {
      check(NOTE_SCHEMAS.hello, method, params);
      this.#options.hello();
    } else if (method === "state") {
      this.#options.state(check(NOTE_SCHEMAS.state, method, params));
    } else if (method === "log") {
      const { level, message, fields } = check(NOTE_SCHEMAS.log, method, params);
      services.log(level, redact(message), fields && redactFields(fields, redact));
    } else if (method === "fatal") {
      this.#options.fatal(check(NOTE_SCHEMAS.fatal, method, params).message);
    } else {
      throw new WireError("a message of an unknown method");
    }
  }

  /** The child learns what it is to know; the words of an error inside the host stay in the host. */
  #forChild(method: string, error: unknown): Error {
    if (error instanceof BridgeError || error instanceof WireError) return error;
    const message = error instanceof Error ? error.message : String(error);
    this.#options.services.log("error", "the host failed in a call of a plugin", {
      method,
      error: this.#options.redact(message).slice(0, 500),
    });
    return new BridgeError({ code: "internal", sent: "maybe", message: "The host could not do this." });
  }

  async #dial({ stream, ...request }: HostCalls["dial"], signal: AbortSignal): Promise<Dialed> {
    this.#reserve(stream);
    this.#limitDials();
    return this.#join(stream, await this.#options.egress.dial(request, signal), signal);
  }

  async #upgrade({ from, stream, servername }: HostCalls["upgrade"], signal: AbortSignal): Promise<Dialed> {
    this.#reserve(stream);
    const relay = this.#relays.get(from);
    if (relay === undefined) throw new BridgeError({ code: "not-found", sent: "no", message: "The stream is no longer open." });
    const plain = relay.detach();
    this.#relays.delete(from);
    try {
      return this.#join(stream, await this.#options.egress.upgrade(plain, { servername }, signal), signal);
    } catch (error) {
      plain.destroy();
      throw error;
    }
  }

  #reserve(stream: number): void {
    this.#open().reserveStream(stream);
  }

  #open(): Connection {
    if (this.#connection === undefined) throw new Error("not attached");
    return this.#connection;
  }

  #limitDials(): void {
    const now = this.#options.clock.now();
    if (this.#dials.take(now)) return;
    const retryAfterMs = this.#dials.waitMs(now);
    throw new BridgeError({ code: "rate", sent: "no", message: "Too many new connections in a short time.", retryAfterMs });
  }

  #join(id: number, dialed: DialedStream, signal: AbortSignal): Dialed {
    try {
      if (signal.aborted) throw new BridgeError({ code: "offline", sent: "no", message: "It was called off." });
      const inner = this.#open().acceptStream(id);
      this.#relays.set(id, new Relay(inner, dialed.stream));
      inner.once("close", () => this.#relays.delete(id));
    } catch (error) {
      dialed.stream.destroy();
      throw error;
    }
    this.#options.links.add(dialed.link);
    return { link: dialed.link };
  }
}

type Fields = NonNullable<HostNotes["log"]["fields"]>;

function redactFields(fields: Fields, redact: (text: string) => string): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, typeof value === "string" ? redact(value) : value]));
}
