import { setTimeout as sleep } from "node:timers/promises";
import type { Batch, Host, Inbound } from "../contract/index.ts";
import { type BackoffLimits, backoffMs } from "./backoff.ts";

/** By the contract. */
const MAX_EVENTS = 500;
/** Of one batch, roughly: a frame between plugin and host has at most 1 MiB. */
const MAX_WEIGHT = 768 * 1024;
/** Of one batch. */
const MAX_KEYS = 900;
/** What may wait for the host; above it nothing more is read from the server, until half of it is gone. */
const HIGH_WATER = { events: 2_000, weight: 16 * 1024 * 1024 };

type State = Record<string, Uint8Array | null>;
type Item = { event: Inbound; source: Batch["source"] } | { kv: State } | { taken: () => void };

export interface InboxPatience {
  /** In [0, 1). */
  random: () => number;
  /** Between two tries to hand a batch to the host. */
  retry: BackoffLimits;
}

export interface InboxEvents {
  /** True: stop reading. False: go on. */
  pressure: (on: boolean) => void;
  /** The host did not take a batch for the `attempt`th time; undefined once it takes them again. */
  trouble: (error: unknown, attempt: number) => void;
  recovered: () => void;
}

/**
 * What was heard, on its way to the host: in order, one batch at a time, tried until it is taken. What comes while a
 * batch is on its way goes with the next one.
 */
export class Inbox {
  readonly #host: Pick<Host, "ingest">;
  readonly #patience: InboxPatience;
  readonly #events: InboxEvents;
  readonly #stop = new AbortController();
  #items: Item[] = [];
  #weight = 0;
  #running: Promise<void> | undefined;
  #pressed = false;

  constructor(host: Pick<Host, "ingest">, patience: InboxPatience, events: InboxEvents) {
    this.#host = host;
    this.#patience = patience;
    this.#events = events;
  }

  push(events: readonly Inbound[], source: Batch["source"]): void {
    for (const event of events) this.#items.push({ event, source });
    this.#weight += weightOf(events);
    this.#wake();
  }

  /** Plugin state that is true once everything before it has been taken. */
  note(kv: State): void {
    this.#items.push({ kv });
    this.#wake();
  }

  /** `taken` is called once everything before it has been taken. */
  mark(taken: () => void): void {
    this.#items.push({ taken });
    this.#wake();
  }

  /** Resolves when everything until now has been taken. */
  taken(): Promise<void> {
    return new Promise((resolve) => this.mark(resolve));
  }

  /** Resolves when everything has been taken, or `ms` are over. */
  async drained(ms: number): Promise<void> {
    if (this.#running) await Promise.race([this.#running, sleep(ms, undefined, { ref: false })]);
  }

  stop(): void {
    this.#stop.abort();
  }

  #wake(): void {
    this.#press();
    this.#running ??= this.#run();
  }

  #press(): void {
    const share = this.#pressed ? 0.5 : 1;
    const on = this.#items.length > HIGH_WATER.events * share || this.#weight > HIGH_WATER.weight * share;
    if (on === this.#pressed) return;
    this.#pressed = on;
    this.#events.pressure(on);
  }

  async #run(): Promise<void> {
    // What is heard in the same turn goes together.
    await Promise.resolve();
    while (this.#items.length > 0 && !this.#stop.signal.aborted) {
      const count = runLength(this.#items);
      const batch = batchOf(this.#items.slice(0, count));
      const isNothing = batch.events.length === 0 && batch.kv === undefined;
      if (!isNothing && !(await this.#deliver(batch))) break;
      const done = this.#items.splice(0, count);
      this.#weight -= weightOf(batch.events);
      this.#press();
      for (const item of done) if ("taken" in item) item.taken();
    }
    this.#running = undefined;
  }

  /** False once the inbox is stopped. */
  async #deliver(batch: Batch): Promise<boolean> {
    for (let attempt = 1; !this.#stop.signal.aborted; attempt++) {
      try {
        await this.#host.ingest(batch);
        if (attempt > 1) this.#events.recovered();
        return true;
      } catch (error) {
        this.#events.trouble(error, attempt);
        await this.#pause(attempt);
      }
    }
    return false;
  }

  async #pause(attempt: number): Promise<void> {
    const ms = backoffMs(attempt, this.#patience.random(), this.#patience.retry);
    await sleep(ms, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
  }
}

/** How many items from the front make one batch: of one source and not too large. */
function runLength(items: readonly Item[]): number {
  const source = items.find((item) => "event" in item)?.source;
  let [events, weight, keys] = [0, 0, 0];
  for (const [index, item] of items.entries()) {
    if ("kv" in item) keys += Object.keys(item.kv).length;
    else if ("event" in item) [events, weight] = [events + 1, weight + weigh(item.event)];
    const tooLarge = events > MAX_EVENTS || weight > MAX_WEIGHT || keys > MAX_KEYS;
    if (index > 0 && (tooLarge || ("event" in item && item.source !== source))) return index;
  }
  return items.length;
}

const weightOf = (events: readonly Inbound[]): number => events.reduce((sum, event) => sum + weigh(event), 0);

/** Bytes of an event, estimated from above. */
function weigh(event: Inbound): number {
  const frame = 1_200;
  if (event.kind === "message") return frame + 3 * (event.body.text.length + (event.body.raw?.length ?? 0));
  return event.kind === "members" ? frame + 150 * event.set.length : frame * 4;
}

function batchOf(items: readonly Item[]): Batch {
  const events = items.flatMap((item) => ("event" in item ? [item.event] : []));
  const source = items.find((item) => "event" in item)?.source ?? "live";
  const states = items.flatMap((item) => ("kv" in item ? [item.kv] : []));
  return { source, events, ...(states.length > 0 ? { kv: Object.assign({}, ...states) as State } : {}) };
}
