import type { Sql } from "../../sync/ports.ts";

/** A wrapped data key and the kind of vault that opens it. */
export interface WrappedKey {
  kind: string;
  wrapped: Uint8Array;
}

/** The wrapped data key in the table `profile`: the one that counts, and while it is changed the one that does not. */
export class VaultRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  current(): WrappedKey | undefined {
    return this.#read("");
  }

  /** Not used any more, or not yet: what lies outside the database for it is to be erased. */
  leftover(): WrappedKey | undefined {
    return this.#read("leftover-");
  }

  /** Within the caller's transaction. */
  put(key: WrappedKey): void {
    this.#write("", key);
  }

  /** On the disk before anything is placed for it. */
  announce(key: WrappedKey): void {
    this.#sql.transaction(() => this.#write("leftover-", key));
  }

  /** One commit: from now on the new one counts, and the old one is the leftover. */
  swap(key: WrappedKey): void {
    this.#sql.transaction(() => {
      const old = this.current();
      this.#write("", key);
      if (old) this.#write("leftover-", old);
    });
  }

  /** The row is overwritten in the database and, with the write-ahead log, gone. */
  forgetLeftover(): void {
    this.#sql.transaction(() => this.#sql.run("delete from profile where key in ('leftover-vault', 'leftover-data-key')"));
    this.#sql.all("pragma wal_checkpoint(truncate)");
  }

  #read(prefix: string): WrappedKey | undefined {
    const get = (key: string) => this.#sql.get<{ value: Uint8Array }>("select value from profile where key = ?", key)?.value;
    const [kind, wrapped] = [get(`${prefix}vault`), get(`${prefix}data-key`)];
    return kind && wrapped && { kind: new TextDecoder().decode(kind), wrapped: Uint8Array.from(wrapped) };
  }

  #write(prefix: string, { kind, wrapped }: WrappedKey): void {
    const put = (key: string, value: Uint8Array) => this.#sql.run("insert or replace into profile (key, value) values (?, ?)", key, value);
    put(`${prefix}vault`, new TextEncoder().encode(kind));
    put(`${prefix}data-key`, wrapped);
  }
}
