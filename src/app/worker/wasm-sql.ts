import sqlite3InitModule, { type Database, type PreparedStatement, type SAHPoolUtil, type Sqlite3Static } from "@sqlite.org/sqlite-wasm";
import { HomeportError } from "../../sync/errors.ts";
import type { Sql, SqlValue } from "../../sync/ports.ts";

const POOL = "homeport";
const FILE = "/homeport.db";
/** Database, WAL and room for a copy while migrating. */
const CAPACITY = 6;

/** The database of this browser, in the origin's private file system; one worker at a time holds it. */
export interface BrowserDatabase {
  open(): Sql;
  /** Erases everything of this device. */
  wipe(): Promise<void>;
  /** Lets another worker take it over. */
  release(): void;
}

/**
 * Takes the database for this worker. Throws `HomeportError`: `locked` where another worker of this origin has it,
 * `no-storage` where the browser gives none (private windows, old versions).
 */
export async function takeDatabase(): Promise<BrowserDatabase> {
  const sqlite = await sqlite3InitModule();
  const pool = await takePool(sqlite);
  await pool.reserveMinimumCapacity(CAPACITY);
  return {
    open: () => openDatabase(pool),
    wipe: async () => {
      await pool.wipeFiles();
    },
    release: () => void pool.pauseVfs(),
  };
}

async function takePool(sqlite: Sqlite3Static): Promise<SAHPoolUtil> {
  try {
    return await sqlite.installOpfsSAHPoolVfs({ name: POOL, initialCapacity: CAPACITY });
  } catch (cause) {
    if ((cause as { name?: unknown } | null)?.name === "NoModificationAllowedError")
      throw new HomeportError("locked", "Homeport is open in another tab already.", { cause });
    throw new HomeportError(
      "no-storage",
      "This browser gives no storage here. Leave private browsing, or use a current version of Chrome, Firefox or Safari.",
      { cause },
    );
  }
}

function openDatabase(pool: SAHPoolUtil): Sql {
  const database = new pool.OpfsSAHPoolDb(FILE);
  // One connection: exclusive locking is what makes a WAL without shared memory possible.
  database.exec("pragma locking_mode = exclusive");
  database.exec("pragma journal_mode = wal");
  database.exec("pragma synchronous = normal");
  database.exec("pragma secure_delete = on");
  database.exec("pragma foreign_keys = on");
  database.exec("pragma temp_store = memory");
  return new WasmSql(database);
}

/** Statements that are kept prepared. */
const MAX_STATEMENTS = 256;

class WasmSql implements Sql {
  readonly #database: Database;
  readonly #statements = new Map<string, PreparedStatement>();

  constructor(database: Database) {
    this.#database = database;
  }

  exec(sql: string): void {
    translated(() => this.#database.exec(sql));
  }

  run(sql: string, ...params: SqlValue[]): { changes: number; lastId: number } {
    return this.#with(sql, params, (statement) => {
      statement.step();
      const lastId = this.#database.selectValue("select last_insert_rowid()") as number;
      return { changes: Number(this.#database.changes()), lastId };
    });
  }

  get<Row>(sql: string, ...params: SqlValue[]): Row | undefined {
    return this.#with(sql, params, (statement) => (statement.step() ? (statement.get({}) as Row) : undefined));
  }

  all<Row>(sql: string, ...params: SqlValue[]): Row[] {
    return this.#with(sql, params, (statement) => {
      const rows: Row[] = [];
      while (statement.step()) rows.push(statement.get({}) as Row);
      return rows;
    });
  }

  transaction<T>(run: () => T): T {
    this.exec("begin immediate");
    try {
      const result = run();
      this.exec("commit");
      return result;
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  close(): void {
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    this.#database.close();
  }

  /** A full disk may have rolled back already. */
  #rollback(): void {
    try {
      this.#database.exec("rollback");
    } catch (error) {
      if (!String(error).includes("no transaction is active")) throw error;
    }
  }

  #with<T>(sql: string, params: readonly SqlValue[], use: (statement: PreparedStatement) => T): T {
    return translated(() => {
      const statement = this.#statement(sql);
      try {
        if (params.length > 0) statement.bind(params as (string | number | null)[]);
        return use(statement);
      } finally {
        statement.reset(true);
      }
    });
  }

  #statement(sql: string): PreparedStatement {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= MAX_STATEMENTS) {
      const [oldest, statement] = this.#statements.entries().next().value as [string, PreparedStatement];
      statement.finalize();
      this.#statements.delete(oldest);
    }
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

const SQLITE = { full: 13, corrupt: 11, notADatabase: 26, ioError: 10 };

/** SQLite's codes as errors that say what to do. */
function translated<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const code = (cause as { resultCode?: unknown } | null)?.resultCode;
    if (typeof code !== "number") throw cause;
    const primary = code & 0xff;
    if (primary === SQLITE.full || primary === SQLITE.ioError)
      throw new HomeportError("disk-full", "The browser has no more storage for Homeport. Free some space on this device.", { cause });
    if (primary === SQLITE.corrupt || primary === SQLITE.notADatabase)
      throw new HomeportError("corrupt", "The database of this browser is damaged. Remove this device here, and link it again.", { cause });
    throw cause;
  }
}
