import type { Clock, Link, LinkReceiver } from "../../../src/sync/ports.ts";

/** What happens to a frame on its way: it, another one, nothing, or the connection is cut instead. */
export type Tamper = (frame: Uint8Array, index: number) => Uint8Array | "drop" | "cut";

interface PairOptions {
  joiner: Uint8Array;
  sponsor: Uint8Array;
  toSponsor?: Tamper;
  toJoiner?: Tamper;
}

export interface Pair {
  joiner: Link;
  sponsor: Link;
  /** Frames as they arrived. */
  toSponsor: Uint8Array[];
  toJoiner: Uint8Array[];
}

/** Two ends of one connection, with the backpressure and the end that `Link` promises. */
export function linkPair(options: PairOptions): Pair {
  const [a, b] = [new End(options.sponsor, true, options.toSponsor), new End(options.joiner, false, options.toJoiner)];
  a.other = b;
  b.other = a;
  return { joiner: a, sponsor: b, toSponsor: a.sent, toJoiner: b.sent };
}

class End implements Link {
  readonly peer: Uint8Array;
  readonly outbound: boolean;
  readonly address = "/memory/1";
  readonly sent: Uint8Array[] = [];
  other!: End;
  readonly #tamper: Tamper;
  readonly #inbox: { frame: Uint8Array; taken(): void }[] = [];
  #receiver: LinkReceiver | undefined;
  #busy = false;
  #closed = false;
  #count = 0;

  constructor(peer: Uint8Array, outbound: boolean, tamper: Tamper = (frame) => frame) {
    this.peer = peer;
    this.outbound = outbound;
    this.#tamper = tamper;
  }

  start(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    if (this.#closed) receiver.closed();
    void this.#pump();
  }

  async send(frame: Uint8Array): Promise<void> {
    if (this.#closed) throw new Error("closed");
    const out = this.#tamper(frame.slice(), this.#count++);
    if (out === "cut") return this.close();
    if (out === "drop") return undefined;
    this.sent.push(out);
    return this.other.#deliver(out);
  }

  close(): void {
    if (this.#closed) return;
    this.#end();
    // The other side hears of it after what was sent before.
    setImmediate(() => this.other.#end());
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { taken } of this.#inbox.splice(0)) taken();
    this.#receiver?.closed();
  }

  #deliver(frame: Uint8Array): Promise<void> {
    return new Promise((taken) => {
      this.#inbox.push({ frame, taken });
      void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    if (this.#busy || this.#receiver === undefined) return;
    this.#busy = true;
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
      next.taken();
      if (!this.#closed) await this.#receiver.frame(next.frame);
    }
    this.#busy = false;
  }
}

/** A clock that only moves when it is told to. */
export class ManualClock implements Clock {
  #now = 1_700_000_000_000;
  #timers: { at: number; run(): void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get timers(): number {
    return this.#timers.length;
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter((timer) => timer.at <= this.#now);
    this.#timers = this.#timers.filter((timer) => timer.at > this.#now);
    for (const timer of due) timer.run();
  }
}

/** Lets everything run that is not waiting for a timer. */
export async function quiet(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
}
