import type { Clock, Sql } from "../ports.ts";
import type { LogStore } from "./log-store.ts";

/** What needs no commit of its own is written with the next transaction, or after this time. */
const FLUSH_DELAY_MS = 250;

/** What may be lost in a crash and made or learned again: signatures of own entries, and what peers say that they hold. */
export class Postponed {
  readonly #store: LogStore;
  readonly #clock: Clock;
  readonly #flush: () => void;
  /** By entry row: made, and not stored yet. */
  readonly #signatures = new Map<number, Uint8Array>();
  /** By key, so that the newest replaces what it makes old. */
  readonly #writes = new Map<string, { write: (sql: Sql) => void; done: () => void }>();
  #cancel: (() => void) | undefined;

  /** `flush` runs a transaction; it must not throw. */
  constructor(store: LogStore, clock: Clock, flush: () => void) {
    this.#store = store;
    this.#clock = clock;
    this.#flush = flush;
  }

  get isEmpty(): boolean {
    return this.#signatures.size === 0 && this.#writes.size === 0;
  }

  signature(row: number): Uint8Array | undefined {
    return this.#signatures.get(row);
  }

  sign(row: number, signature: Uint8Array): void {
    this.#signatures.set(row, signature);
    this.#soon();
  }

  put(key: string, write: (sql: Sql) => void, done: () => void): void {
    this.#writes.set(key, { write, done });
    this.#soon();
  }

  /** In an open transaction. What is returned runs after the commit: only then is it forgotten here. */
  write(sql: Sql): () => void {
    for (const [row, signature] of this.#signatures) this.#store.setSignature(row, signature);
    for (const { write } of this.#writes.values()) write(sql);
    const signed = [...this.#signatures.keys()];
    const written = [...this.#writes];
    return () => {
      for (const row of signed) this.#signatures.delete(row);
      for (const [key] of written) this.#writes.delete(key);
      for (const [, { done }] of written) done();
    };
  }

  stop(): void {
    this.#cancel?.();
  }

  #soon(): void {
    this.#cancel ??= this.#clock.after(FLUSH_DELAY_MS, () => {
      this.#cancel = undefined;
      this.#flush();
    });
  }
}
