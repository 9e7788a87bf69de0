import { setImmediate } from "node:timers/promises";
import type { Clock, Random } from "../../src/sync/ports.ts";

interface Event {
  at: number;
  order: number;
  run: () => void;
  cancelled: boolean;
}

/** Seeded pseudo-random numbers (xorshift128+ by halves); the same seed gives the same run. */
export class Chance implements Random {
  #a: number;
  #b: number;

  constructor(seed: number) {
    this.#a = (seed ^ 0x9e3779b9) >>> 0 || 1;
    this.#b = Math.imul(seed + 1, 0x85ebca6b) >>> 0 || 2;
    for (let i = 0; i < 16; i++) this.next();
  }

  /** 32 bits. */
  next(): number {
    let t = this.#a;
    const s = this.#b;
    this.#a = s;
    t ^= t << 23;
    t ^= t >>> 17;
    t ^= s ^ (s >>> 26);
    this.#b = t >>> 0;
    return (this.#a + this.#b) >>> 0;
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
