import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRandom, createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import type { Sql } from "../../../src/sync/ports.ts";
import { createProfile, databasePath, openProfile } from "../../../src/node/profile-store.ts";
import { openSqlite } from "../../../src/node/sqlite.ts";
import { changeVault } from "../../../src/node/vault/change.ts";
import type { NodeVault } from "../../../src/node/vault/node-vault.ts";
import { askedKey } from "../../../src/node/vault/passphrase-vault.ts";
import { VaultRows } from "../../../src/node/vault/rows.ts";
import { vaultOf } from "../../../src/node/vault/vaults.ts";
import { temporaryFolder } from "../config/temporary-folder.ts";

const crypto = await createSodiumCrypto();
const random = createRandom();
const ask = async () => new TextEncoder().encode("correct horse");

class Killed extends Error {}

/** Dies before its n-th step, and does nothing any more. */
class Fuse {
  steps = 0;
  readonly #last: number;

  constructor(last: number) {
    this.#last = last;
  }

  burn(): void {
    this.steps += 1;
    if (this.steps > this.#last) throw new Killed();
  }
}

const fusedSql = (sql: Sql, fuse: Fuse): Sql => ({
  ...{ exec: (text) => sql.exec(text), get: (...args) => sql.get(...args), close: () => sql.close() },
  run: (...args) => {
    fuse.burn();
    return sql.run(...args);
  },
  all: (...args) => {
    fuse.burn();
    return sql.all(...args);
  },
  transaction: (run) => sql.transaction(run),
});

const fusedVault = (vault: NodeVault, fuse: Fuse): NodeVault => ({
  ...vault,
  async prepare(dataKey) {
    const { wrapped, place } = await vault.prepare(dataKey);
    return {
      wrapped,
      async place() {
        fuse.burn();
        await place();
        fuse.burn();
      },
    };
  },
  async erase(wrapped) {
    fuse.burn();
    await vault.erase(wrapped);
    fuse.burn();
  },
});

const keyFiles = (data: string) => readdirSync(data).filter((name) => name.endsWith(".key"));

async function profileIn(data: string): Promise<Uint8Array> {
  const keys = { deviceSeed: random.bytes(32), transportSeed: random.bytes(32) };
  const { sql, dataKey } = await createProfile(crypto, random, data, "file", ask, keys);
  sql.close();
  return dataKey;
}

describe("R1: a change of the vault", () => {
  test("killed before any step, the profile opens by the old or the new key, and what is left over goes", async () => {
    let killed = 0;
    for (let last = 0; ; last++) {
      using folder = temporaryFolder();
      const data = join(folder.path, "data");
      const dataKey = await profileIn(data);
      const fuse = new Fuse(last);
      const sql = openSqlite(databasePath(data));
      const world = { crypto, random, data, passphraseKey: askedKey(crypto, ask) };
      const vault = fusedVault(vaultOf(world, "file"), fuse);
      const done = await changeVault(fusedSql(sql, fuse), dataKey.slice(), vault, vault).catch((error: unknown) => error);
      sql.close();
      const opened = await openProfile(crypto, random, data, ask);
      expect(opened.dataKey).toEqual(dataKey);
      expect(new VaultRows(opened.sql).leftover()).toBeUndefined();
      expect(keyFiles(data)).toHaveLength(1);
      opened.sql.close();
      if (done === true) break;
      expect(done).toBeInstanceOf(Killed);
      killed += 1;
    }
    expect(killed).toBeGreaterThan(8);
  });

  test("from a file to a passphrase and back: the file is gone, then a new one is there, and the old wrapping is in no file", async () => {
    using folder = temporaryFolder();
    const data = join(folder.path, "data");
    const dataKey = await profileIn(data);
    const world = { crypto, random, data, passphraseKey: askedKey(crypto, ask) };
    const sql = openSqlite(databasePath(data));
    const rows = new VaultRows(sql);
    const first = rows.current()?.wrapped as Uint8Array;
    await changeVault(sql, dataKey.slice(), vaultOf(world, "file"), vaultOf(world, "passphrase"));
    expect([rows.current()?.kind, keyFiles(data)]).toEqual(["passphrase", []]);
    await changeVault(sql, dataKey.slice(), vaultOf(world, "passphrase"), vaultOf(world, "file"));
    expect(keyFiles(data)).toEqual([expect.stringMatching(/^vault-[0-9a-f]{16}\.key$/)]);
    sql.close();
    const { readFileSync } = await import("node:fs");
    for (const name of readdirSync(data)) expect(readFileSync(join(data, name)).includes(Buffer.from(first.subarray(24)))).toBe(false);
  });

  test("a new vault that cannot be reached leaves the old one as it was", async () => {
    using folder = temporaryFolder();
    const data = join(folder.path, "data");
    const dataKey = await profileIn(data);
    const world = { crypto, random, data, passphraseKey: askedKey(crypto, ask) };
    const sql = openSqlite(databasePath(data));
    const broken: NodeVault = {
      ...vaultOf(world, "file"),
      prepare: async () => ({ wrapped: new Uint8Array(80), place: () => Promise.reject(new Error("not there")) }),
    };
    await expect(changeVault(sql, dataKey.slice(), vaultOf(world, "file"), broken)).rejects.toThrow("not there");
    sql.close();
    const opened = await openProfile(crypto, random, data, ask);
    expect([opened.dataKey, keyFiles(data)]).toEqual([dataKey, ["vault.key"]]);
    opened.sql.close();
  });
});
