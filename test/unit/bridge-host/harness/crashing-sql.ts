import type { Sql, SqlValue } from "../../../../src/sync/ports.ts";

class Crash extends Error {}

/**
 * A database handle whose process dies between two statements: at the chosen one it throws instead of running it, and at
 * everything after it. `begin` and `commit` count as statements.
 */
export class CrashingSql implements Sql {
  readonly #inner: Sql;
  #left: number;
  #dead = false;
  #closed = false;
  /** Statements run so far. */
  count = 0;

  constructor(inner: Sql, after = Number.POSITIVE_INFINITY) {
    this.#inner = inner;
    this.#left = after;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** It dies before the statement number `after` from now, counted from 0. */
  dieAfter(after: number): void {
    this.#left = after;
  }

  /** As `kill -9` does it: what is not committed is gone. */
  kill(): void {
    this.#dead = true;
    this.close();
  }

  exec(sql: string): void {
    this.#step();
    this.#inner.exec(sql);
  }
  run(sql: string, ...params: SqlValue[]): { changes: number; lastId: number } {
    this.#step();
    return this.#inner.run(sql, ...params);
  }
  get<Row>(sql: string, ...params: SqlValue[]): Row | undefined {
    this.#step();
    return this.#inner.get<Row>(sql, ...params);
  }
  all<Row>(sql: string, ...params: SqlValue[]): Row[] {
    this.#step();
    return this.#inner.all<Row>(sql, ...params);
  }

  transaction<T>(run: () => T): T {
    this.#step();
    const result = this.#inner.transaction(() => {
      const value = run();
      this.#step();
      return value;
    });
    // After the commit has reached the disk, before anybody is told.
    this.#step();
    return result;
  }

  close(): void {
    this.#dead = true;
    if (!this.#closed) this.#inner.close();
    this.#closed = true;
  }

  #step(): void {
    if (this.#dead) throw new Crash("the process is gone");
    if (this.#left <= 0) {
      this.#dead = true;
      throw new Crash("the process died here");
    }
    this.#left -= 1;
    this.count += 1;
  }
}
