import { setTimeout as sleep } from "node:timers/promises";
import type { AccountState, Batch, ConvId, Host, Inbound, MsgRef, Resume, TxnId } from "../../src/bridges/contract/index.ts";
import type { Egress } from "../../src/bridges/host/egress/index.ts";
import type { HostServices } from "../../src/bridges/host/process/index.ts";

export interface IngestAnswer {
  inserted: number;
  duplicates: number;
}

/** What becomes of one batch; `commit` stores it. A crash or a full disk is a function of its own. */
export type IngestFault = (batch: Batch, commit: () => IngestAnswer) => Promise<IngestAnswer>;

type State = Omit<AccountState, "since" | "link">;

const COMMIT: IngestFault = (_batch, commit) => Promise.resolve(commit());

/**
 * A host that keeps in memory what a real one keeps in its database, and so outlives the plugins that talk to it: events
 * once by their key, the plugin's state, its secrets. Time and failure of each commit are the test's to choose.
 */
export class MemoryHost {
  /** Committed, each once, in the order of the commits. */
  readonly events: Inbound[] = [];
  readonly batches: Batch[] = [];
  readonly states: State[] = [];
  readonly lines: string[] = [];
  readonly kv = new Map<string, Uint8Array>();
  readonly cursors = new Map<string, string>();
  readonly secrets = new Map<string, string>();
  duplicates = 0;
  fault: IngestFault = COMMIT;
  readonly #keys = new Set<string>();
  readonly #wakers = new Set<() => void>();

  resume(config: Record<string, string>, conversations: ConvId[]): Resume {
    return { config, conversations, cursors: Object.fromEntries(this.cursors), kv: Object.fromEntries(this.kv) };
  }

  async ingest(batch: Batch): Promise<IngestAnswer> {
    return this.fault(batch, () => this.#commit(batch));
  }

  state(state: State): void {
    this.states.push(state);
    this.#wake();
  }

  log(level: string, message: string, fields: object = {}): void {
    this.lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  }

  async vaultGet(key: string): Promise<string | undefined> {
    return this.secrets.get(key);
  }

  async vaultSet(key: string, value: string | undefined): Promise<void> {
    if (value === undefined) this.secrets.delete(key);
    else this.secrets.set(key, value);
  }

  /** For a plugin in a child process. */
  services(): HostServices {
    return {
      ingest: (batch) => this.ingest(batch),
      state: (state) => this.state(state),
      lookup: () => Promise.resolve(undefined),
      vaultGet: (key) => this.vaultGet(key),
      vaultSet: (key, value) => this.vaultSet(key, value),
      log: (level, message, fields) => this.log(level, message, fields),
    };
  }

  /** For a plugin in this process. Once `signal` is aborted it is dead to this plugin: nothing is answered any more. */
  facade(egress: Egress, signal: AbortSignal): Host {
    const alive = async <T>(run: () => Promise<T>): Promise<T> => (signal.aborted ? new Promise<T>(() => undefined) : run());
    return {
      dial: (request) =>
        alive(async () => {
          const dialled = await egress.dial(request, signal);
          signal.addEventListener("abort", () => dialled.stream.destroy(), { once: true });
          return dialled;
        }),
      upgrade: (stream, options) => alive(() => egress.upgrade(stream, options, signal)),
      ingest: (batch) => alive(() => this.ingest(structuredClone(batch)).then((answer) => alive(() => Promise.resolve(answer)))),
      state: (state) => (signal.aborted ? undefined : this.state(state)),
      lookup: (_query: { txn: TxnId } | { ref: MsgRef }) => alive(() => Promise.resolve(undefined)),
      vault: { get: (key) => alive(() => this.vaultGet(key)), set: (key, value) => alive(() => this.vaultSet(key, value)) },
      log: (level, message, fields) => (signal.aborted ? undefined : this.log(level, message, fields)),
    };
  }

  /** The first committed event that fits, now or later. */
  async event<K extends Inbound["kind"]>(kind: K, fits: (event: Extract<Inbound, { kind: K }>) => boolean, timeoutMs = 10_000) {
    type Found = Extract<Inbound, { kind: K }>;
    return this.#until(
      `an event "${kind}"`,
      () => this.events.find((event): event is Found => event.kind === kind && fits(event as Found)),
      timeoutMs,
    );
  }

  message(text: string, timeoutMs?: number) {
    return this.event("message", (event) => event.body.text === text, timeoutMs);
  }

  /** The texts of all messages of a conversation, in order. */
  texts(conv: ConvId): string[] {
    return this.events.flatMap((event) => (event.kind === "message" && event.conv === conv ? [event.body.text] : []));
  }

  of<K extends Inbound["kind"]>(kind: K): Extract<Inbound, { kind: K }>[] {
    return this.events.filter((event): event is Extract<Inbound, { kind: K }> => event.kind === kind);
  }

  /** The newest state, once it fits. */
  async inState(name: AccountState["state"], fits: (state: State) => boolean = () => true, timeoutMs = 15_000): Promise<State> {
    return this.#until(
      `the state "${name}"`,
      () => {
        const state = this.states.at(-1);
        return state && state.state === name && fits(state) ? state : undefined;
      },
      timeoutMs,
    );
  }

  async until(what: string, holds: () => boolean, timeoutMs = 10_000): Promise<void> {
    await this.#until(what, () => holds() || undefined, timeoutMs);
  }

  #commit(batch: Batch): IngestAnswer {
    this.batches.push(batch);
    const before = this.events.length;
    for (const event of batch.events) this.#insert(event);
    if (batch.cursor) this.cursors.set(batch.cursor.scope, batch.cursor.value);
    for (const [key, value] of Object.entries(batch.kv ?? {})) {
      if (value === null) this.kv.delete(key);
      else this.kv.set(key, value);
    }
    this.#wake();
    const inserted = this.events.length - before;
    return { inserted, duplicates: batch.events.length - inserted };
  }

  #insert(event: Inbound): void {
    const key = JSON.stringify([event.conv, event.kind, event.key]);
    if (this.#keys.has(key)) this.duplicates += 1;
    else this.events.push(event);
    this.#keys.add(key);
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
  }

  async #until<T>(what: string, probe: () => T | undefined, timeoutMs: number): Promise<T> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = probe();
      if (found !== undefined) return found;
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`${what} did not come within ${timeoutMs} ms; ${this.#summary()}`);
      await this.#next(Math.min(left, 50));
    }
  }

  async #next(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakers.add(resolve);
    await Promise.race([promise, sleep(ms)]);
    this.#wakers.delete(resolve);
  }

  #summary(): string {
    const events = this.events.slice(-8).map(({ sec: _, ...event }) => JSON.stringify(event).slice(0, 300));
    return [
      "states and last events:",
      ...this.states.slice(-3).map((state) => JSON.stringify(state)),
      ...events,
      ...this.lines.slice(-5),
    ].join("\n");
  }
}
