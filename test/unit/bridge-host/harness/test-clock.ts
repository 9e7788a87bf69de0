import type { Clock } from "../../../../src/sync/ports.ts";

interface Timer {
  at: number;
  run: () => void;
}

/** Stands still until it is told to go on. */
export class TestClock implements Clock {
  #now = Date.UTC(2026, 0, 1, 12);
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Runs what becomes due on the way, each at its time, and lets what it begins come to rest. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await rest();
    }
    this.#now = end;
    await rest();
  }

  /** Of a process that is gone. */
  clear(): void {
    this.#timers.clear();
  }

  #next(end: number): Timer | undefined {
    return [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** Until nothing more happens by itself. */
export async function rest(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}
