import type { Crypto, Random, Sql } from "../../sync/ports.ts";
import { placeOf, Sealing } from "../../sync/store/sealing.ts";

/** Secrets of this device in its database, sealed under the key that the vault holds (R1). Whoever reads one wipes it. */
export class SealedSecrets {
  readonly #sql: Sql;
  readonly #sealing: Sealing;

  /** `dataKey` is copied. */
  constructor(sql: Sql, crypto: Crypto, random: Random, dataKey: Uint8Array) {
    this.#sql = sql;
    this.#sealing = new Sealing(crypto, random, dataKey.slice());
  }

  get(name: string): Uint8Array | undefined {
    const row = this.#sql.get<{ value: Uint8Array }>("select value from profile where key = ?", keyOf(name));
    return row && this.#sealing.open(placeOf("profile", keyOf(name), "value"), row.value);
  }

  put(name: string, secret: Uint8Array): void {
    const sealed = this.#sealing.seal(placeOf("profile", keyOf(name), "value"), secret);
    this.#sql.run("insert or replace into profile (key, value) values (?, ?)", keyOf(name), sealed);
  }

  /** Nothing can be read or kept afterwards. */
  close(): void {
    this.#sealing.wipe();
  }
}

const keyOf = (name: string): string => `secret/${name}`;
