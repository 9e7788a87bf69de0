import Database from "better-sqlite3";
import { HomeportError } from "../sync/errors.ts";
import type { Sql, SqlValue } from "../sync/ports.ts";
import { diskFull, readOnly } from "./disk-errors.ts";

/** Pages of one step of a copy: half a millisecond during which nothing else runs. */
const COPIED_PAGES = 128;

export interface NodeSql extends Sql {
  /**
   * Writes the database as it is at the end into a new file, in small steps between which everything goes on, writing
   * included. Rejects with `disk-full`.
   */
  copyTo(path: string): Promise<void>;
}

/**
 * Opens the one database of a data folder for this process alone. Throws `HomeportError`: `locked` where another process
 * has it, `corrupt` where it is none.
 */
export function openSqlite(path: string): NodeSql {
  return translated(() => {
    const database = new Database(path, { timeout: 0 });
    try {
      // Exclusive: the operating system holds the lock and gives it up when the process dies, however it dies.
      database.pragma("locking_mode = EXCLUSIVE");
      database.pragma("journal_mode = WAL");
      // R3: a commit has reached the disk when it returns.
      database.pragma("synchronous = FULL");
      // R2: what is deleted is overwritten.
      database.pragma("secure_delete = ON");
      database.pragma("foreign_keys = ON");
      database.pragma("temp_store = MEMORY");
      database.pragma("wal_autocheckpoint = 1000");
      database.exec("begin immediate; commit");
    } catch (error) {
      database.close();
      throw error;
    }
    return new SqliteHandle(database);
  });
}

/** Of a database that nobody uses: whether it is sound, and the versions of its tables as JSON. */
export function inspectSqlite(path: string): { sound: boolean; versions: string } {
  const database = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const sound = database.pragma("quick_check(1)", { simple: true }) === "ok";
    const versions = JSON.stringify(database.prepare("select component, version from schema_version order by component").all());
    return { sound, versions };
  } finally {
    database.close();
  }
}

class SqliteHandle implements NodeSql {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(database: Database.Database) {
    this.#database = database;
  }

  exec(sql: string): void {
    translated(() => this.#database.exec(sql));
  }

  run(sql: string, ...params: SqlValue[]): { changes: number; lastId: number } {
    const { changes, lastInsertRowid } = translated(() => this.#statement(sql).run(...params));
    return { changes, lastId: Number(lastInsertRowid) };
  }

  get<Row>(sql: string, ...params: SqlValue[]): Row | undefined {
    return translated(() => this.#statement(sql).get(...params)) as Row | undefined;
  }

  all<Row>(sql: string, ...params: SqlValue[]): Row[] {
    return translated(() => this.#statement(sql).all(...params)) as Row[];
  }

  transaction<T>(run: () => T): T {
    this.#database.exec("begin immediate");
    try {
      const result = run();
      translated(() => this.#database.exec("commit"));
      return result;
    } catch (error) {
      // A full disk may have rolled back already.
      if (this.#database.inTransaction) this.#database.exec("rollback");
      throw error;
    }
  }

  async copyTo(path: string): Promise<void> {
    try {
      await this.#database.backup(path, { progress: () => COPIED_PAGES });
    } catch (error) {
      throw explained(error);
    }
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #statement(sql: string): Database.Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** SQLite's codes as errors that say what to do. */
function translated<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw explained(error);
  }
}

function explained(error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  return (typeof code === "string" ? knownError(code, error) : undefined) ?? error;
}

function knownError(code: string, cause: unknown): HomeportError | undefined {
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"))
    return new HomeportError(
      "locked",
      "Homeport is already running on this data folder. Stop it first, or choose another one with --data.",
      { cause },
    );
  if (code.startsWith("SQLITE_FULL") || code === "SQLITE_IOERR_WRITE" || code === "SQLITE_IOERR_FSYNC") return diskFull(cause);
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB")
    return new HomeportError("corrupt", "The database is damaged. Restore a backup, or move the folder away and link this device again.", {
      cause,
    });
  if (code.startsWith("SQLITE_CANTOPEN"))
    return new HomeportError("no-folder", "The data folder cannot be opened. Check that it exists and that this user may write there.", {
      cause,
    });
  if (code.startsWith("SQLITE_READONLY")) return readOnly(cause);
  return undefined;
}
