import type { CallOptions, Client } from "../api/client.ts";
import type { MethodName, Params, Result } from "../api/methods.ts";
import { jsonText } from "./render/clean.ts";
import type { Globals, Shell } from "./shell.ts";

/** Seconds that a command waits where `--timeout` does not say. */
const DEFAULT_TIMEOUT = 60;

export interface SessionCall<M extends MethodName> extends Pick<CallOptions<M>, "onEvent" | "signal"> {
  /** Seconds without `--timeout`; Infinity for a stream that goes on until it is ended. */
  fallback?: number;
}

/** One run of one command: its connection, its deadline and how it prints. */
export class Session {
  readonly shell: Shell;
  readonly json: boolean;
  readonly #globals: Globals;
  readonly #started = performance.now();
  #client: Promise<Client> | undefined;

  constructor(shell: Shell, globals: Globals) {
    this.shell = shell;
    this.json = globals.json === true;
    this.#globals = globals;
  }

  data(): Promise<string> {
    return this.shell.node.dataFolder(this.#globals.data, this.shell.env);
  }

  /** `--data` as it was given. */
  get dataOption(): string | undefined {
    return this.#globals.data;
  }

  /** Milliseconds left of `--timeout`, which counts from the start of the command. */
  timeLeft(fallback = DEFAULT_TIMEOUT): number | undefined {
    const limit = this.#globals.timeout ?? fallback;
    return limit === Infinity ? undefined : Math.max(1, Math.round(limit * 1000 - (performance.now() - this.#started)));
  }

  async call<M extends MethodName>(method: M, params: Params<M>, options: SessionCall<M> = {}): Promise<Result<M>> {
    const client = await this.#connected();
    const { fallback, ...rest } = options;
    return client.call(method, params, { signal: this.shell.signal, ...rest, timeout: this.timeLeft(fallback) });
  }

  /** The one answer of a command. */
  async answer<T>(value: T, render: (value: T, colour: boolean) => string): Promise<void> {
    await this.shell.stdout.write(`${this.json ? jsonText(value) : render(value, this.shell.colour)}\n`);
  }

  /** One line of a stream. Without `--json`, what renders to nothing is left out. */
  async line<T>(value: T, render: (value: T, colour: boolean) => string): Promise<void> {
    const text = this.json ? jsonText(value) : render(value, this.shell.colour);
    if (text !== "") await this.shell.stdout.write(`${text}\n`);
  }

  /** A word to the person, who is not there with `--json`; what is in it from outside was cleaned. */
  async note(text: string): Promise<void> {
    if (!this.json) await this.shell.stderr.write(`${text}\n`);
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    client?.close();
  }

  #connected(): Promise<Client> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  async #connect(): Promise<Client> {
    const [{ createClient }, { connectDaemon }] = await Promise.all([import("../api/client.ts"), import("./channel.ts")]);
    return createClient(await connectDaemon(await this.data()));
  }
}
