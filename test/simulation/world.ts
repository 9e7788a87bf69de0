import { setImmediate } from "node:timers/promises";
import type { Clock, Random } from "../../src/sync/ports.ts";

interface Event {
  at: number;
  order: number;
  run: () => void;
  cancelled: boolean;
}

/** Seeded pseudo-random numbers (sfc32); the same seed gives the same run. */
export class Chance implements Random {
  #a: number;
  #b = 0x9e3779b9;
  #c = 0x243f6a88;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    for (let i = 0; i < 16; i++) this.next();
  }

  /** 32 bits. */
  next(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** From 0 to n − 1. */
  below(n: number): number {
    return this.next() % n;
  }

  yes(probability: number): boolean {
    return this.next() / 2 ** 32 < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  bytes(n: number): Uint8Array {
    return Uint8Array.from({ length: n }, () => this.next() >>> 24);
  }
}

/** Virtual time: events run in its order, and everything that they started is finished before the next. */
export class World {
  now = 1_800_000_000_000;
  #order = 0;
  #queue: Event[] = [];

  at(delay: number, run: () => void): () => void {
    const event: Event = { at: this.now + Math.max(0, delay), order: this.#order++, run, cancelled: false };
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#queue[middle] as Event;
      if (other.at < event.at || (other.at === event.at && other.order < event.order)) low = middle + 1;
      else high = middle;
    }
    this.#queue.splice(low, 0, event);
    return () => {
      event.cancelled = true;
    };
  }

  async run(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    await setImmediate();
    for (;;) {
      const event = this.#queue[0];
      if (!event || event.at > end) break;
      this.#queue.shift();
      if (event.cancelled) continue;
      this.now = event.at;
      event.run();
      await setImmediate();
    }
    this.now = end;
  }
}

/** A device's clock: the world's time, wrong by `skew`. */
export class SkewedClock implements Clock {
  skew = 0;
  readonly #world: World;
  readonly #timers = new Set<() => void>();

  constructor(world: World) {
    this.#world = world;
  }

  now(): number {
    return this.#world.now + this.skew;
  }

  after(ms: number, run: () => void): () => void {
    const cancel = this.#world.at(ms, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
    return cancel;
  }

  /** The machine died: nothing that was planned happens. */
  stop(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }
}
