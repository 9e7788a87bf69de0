import type { Reader, Writer } from "../../sync/core.ts";
import { toHex } from "../../sync/encoding/bytes.ts";
import { type Cbor, decodeCbor, encodeCbor } from "../../sync/encoding/cbor.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { KeyedHash } from "./keyed-hash.ts";

export type SealedMapTable = "bridge_secret" | "bridge_cursor" | "bridge_kv" | "bridge_user" | "bridge_member";

/** A map from names to values for each owner; names and values are sealed at rest, names are found by their keyed hash. */
export class SealedMap<Value extends Cbor> {
  readonly #table: SealedMapTable;
  readonly #hash: KeyedHash;

  constructor(table: SealedMapTable, hash: KeyedHash) {
    this.#table = table;
    this.#hash = hash;
  }

  get(reader: Reader, owner: number, name: string): Value | undefined {
    const key = this.#hash(this.#table, name);
    const row = reader.sql.get<{ value: Uint8Array }>(`select value from ${this.#table} where owner = ? and key = ?`, owner, key);
    return row && this.#open(reader, owner, key, row.value)[1];
  }

  set(writer: Writer, owner: number, name: string, value: Value): void {
    const key = this.#hash(this.#table, name);
    const sealed = writer.seal(this.#table, placeOf(owner, key), "value", encodeCbor([name, value]));
    writer.sql.run(`insert or replace into ${this.#table} (owner, key, value) values (?, ?, ?)`, owner, key, sealed);
  }

  delete(writer: Writer, owner: number, name: string): void {
    writer.sql.run(`delete from ${this.#table} where owner = ? and key = ?`, owner, this.#hash(this.#table, name));
  }

  clear(writer: Writer, owner: number): void {
    writer.sql.run(`delete from ${this.#table} where owner = ?`, owner);
  }

  size(reader: Reader, owner: number): number {
    return reader.sql.get<{ n: number }>(`select count(*) as n from ${this.#table} where owner = ?`, owner)?.n ?? 0;
  }

  /** In no particular order. */
  entries(reader: Reader, owner: number): [name: string, value: Value][] {
    const rows = reader.sql.all<{ key: Uint8Array; value: Uint8Array }>(`select key, value from ${this.#table} where owner = ?`, owner);
    return rows.map(({ key, value }) => this.#open(reader, owner, key, value));
  }

  #open(reader: Reader, owner: number, key: Uint8Array, sealed: Uint8Array): [string, Value] {
    const content = decodeCbor(reader.open(this.#table, placeOf(owner, key), "value", sealed));
    if (!Array.isArray(content) || typeof content[0] !== "string" || content.length !== 2) throw corrupt();
    return [content[0], content[1] as Value];
  }
}

function placeOf(owner: number, key: Uint8Array): string {
  return `${owner}/${toHex(key)}`;
}

function corrupt(): HomeportError {
  return new HomeportError("corrupt", "The database holds a value that does not belong where it stands. Restore a backup.");
}
