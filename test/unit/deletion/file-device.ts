import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqlite } from "../../../src/node/sqlite.ts";
import { createGenesis } from "../../../src/sync/account/author.ts";
import type { Projection } from "../../../src/sync/core.ts";
import { createRandom, createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import { createSeedSigner } from "../../../src/sync/crypto/seed-signer.ts";
import { Device } from "../../../src/sync/device.ts";
import type { Sql } from "../../../src/sync/ports.ts";

export interface FileDevice {
  device: Device;
  sql: Sql;
  /** Everything that SQLite keeps: the database, its journal, its index of the journal. */
  files(): Buffer;
  remove(): void;
}

/** A device on a real disk, with the settings of the daemon. */
export async function fileDevice(projections: readonly Projection[] = []): Promise<FileDevice> {
  const folder = mkdtempSync(join(tmpdir(), "homeport-erase-"));
  const crypto = await createSodiumCrypto();
  const random = createRandom();
  const signer = createSeedSigner(crypto, random.bytes(32));
  const { op } = await createGenesis(crypto, random, signer, { recovery: null });
  const sql = openSqlite(join(folder, "homeport.db"));
  const clock = { now: () => Date.now(), after: () => () => undefined };
  const device = Device.open({
    sql,
    crypto,
    random,
    clock,
    signer,
    dataKey: random.bytes(32),
    ops: [op],
    projections,
    log: () => undefined,
  });
  return {
    device,
    sql,
    files: () => Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name)))),
    remove: () => {
      device.close();
      rmSync(folder, { recursive: true });
    },
  };
}
