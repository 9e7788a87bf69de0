import Database from "better-sqlite3";
import type { Sql, SqlValue } from "../../src/sync/ports.ts";

/** The machine died here: thrown by the statement that was not executed any more. */
export class Crash extends Error {}

/** A database in memory that can be taken away between any two statements, copied, and brought back as it was. */
export class CrashingSql implements Sql {
  /** Statements until the crash; undefined for none. */
  crashAfter: number | undefined;
  dead = false;
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(image?: Buffer) {
    this.#database = image ? new Database(image) : new Database(":memory:");
  }

  /** What is committed, as bytes. */
  image(): Buffer {
    return this.#database.serialize();
  }

  /** The test looks: that does not bring the crash nearer. */
  undisturbed<T>(look: () => T): T {
    const { crashAfter } = this;
    this.crashAfter = undefined;
    try {
      return look();
    } finally {
      this.crashAfter = crashAfter;
    }
  }

  exec(sql: string): void {
    this.#step();
    this.#database.exec(sql);
  }

  run(sql: string, ...params: SqlValue[]): { changes: number; lastId: number } {
    this.#step();
    const { changes, lastInsertRowid } = this.#statement(sql).run(...params);
    return { changes, lastId: Number(lastInsertRowid) };
  }

  get<Row>(sql: string, ...params: SqlValue[]): Row | undefined {
    this.#step();
    return this.#statement(sql).get(...params) as Row | undefined;
  }

  all<Row>(sql: string, ...params: SqlValue[]): Row[] {
    this.#step();
    return this.#statement(sql).all(...params) as Row[];
  }

  transaction<T>(run: () => T): T {
    this.#step();
    this.#database.exec("begin immediate");
    try {
      const result = run();
      this.#step();
      this.#database.exec("commit");
      return result;
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec("rollback");
      throw error;
    }
  }

  close(): void {
    this.dead = true;
  }

  #step(): void {
    if (this.dead) throw new Crash("this machine is off");
    if (this.crashAfter === undefined) return;
    if (this.crashAfter > 0) {
      this.crashAfter -= 1;
      return;
    }
    this.dead = true;
    throw new Crash("the machine died");
  }

  #statement(sql: string): Database.Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
