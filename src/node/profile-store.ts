import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSeedSigner } from "../sync/crypto/seed-signer.ts";
import { HomeportError } from "../sync/errors.ts";
import type { Crypto, Random, Signer, Sql, Vault } from "../sync/ports.ts";
import { migrate } from "../sync/store/migrate.ts";
import { placeOf, Sealing } from "../sync/store/sealing.ts";
import { forPeople, isTaken } from "./disk-errors.ts";
import { openSqlite } from "./sqlite.ts";
import { fileVault } from "./vault/file-vault.ts";
import { passphraseVault } from "./vault/passphrase-vault.ts";

const DATABASE = "homeport.db";
const KEY_FILE = "vault.key";

const COMPONENT = {
  name: "profile",
  migrations: ["create table profile (key text primary key, value blob not null) without rowid"],
};

export type AskPassphrase = () => Promise<Uint8Array>;

/** The keys of this device, opened. */
export interface Profile {
  sql: Sql;
  vaultKind: string;
  signer: Signer;
  /** Seed of the transport key (K2), 32 bytes. */
  transportSeed: Uint8Array;
  /** Seals what is at rest (R1), 32 bytes. */
  dataKey: Uint8Array;
}

export interface ProfileKeys {
  deviceSeed: Uint8Array;
  transportSeed: Uint8Array;
}

export const databasePath = (data: string): string => join(data, DATABASE);

export async function hasProfile(data: string): Promise<boolean> {
  return existsSync(databasePath(data));
}

/** Makes the folder and stores the keys, sealed. Throws `HomeportError`: `exists`, `disk-full`, `read-only`. */
export async function createProfile(
  crypto: Crypto,
  random: Random,
  data: string,
  kind: string,
  ask: AskPassphrase,
  keys: ProfileKeys,
): Promise<Profile> {
  if (await hasProfile(data)) throw exists(`There is a profile in ${data} already. Use it with \`homeport start\``);
  if (existsSync(join(data, KEY_FILE))) throw exists(`There is a ${KEY_FILE} without its database in ${data}. Put the database back`);
  try {
    await mkdir(data, { recursive: true, mode: 0o700 });
    await chmod(data, 0o700);
    const dataKey = random.bytes(32);
    const vault = vaultOf(crypto, random, data, kind, ask);
    const wrapped = await vault.wrap(dataKey);
    // SQLite gives its other files the mode of this one.
    await writeFile(databasePath(data), "", { mode: 0o600, flag: "wx" });
    const sql = openSqlite(databasePath(data));
    storeKeys(sql, { vault: vault.kind, wrapped, sealing: new Sealing(crypto, random, dataKey), keys });
    return { sql, vaultKind: vault.kind, signer: createSeedSigner(crypto, keys.deviceSeed), transportSeed: keys.transportSeed, dataKey };
  } catch (error) {
    if (isTaken(error)) throw exists(`Another Homeport is making a profile in ${data}. Use that one`);
    await discardProfile(data);
    throw forPeople(error);
  }
}

const exists = (sentence: string): HomeportError => new HomeportError("exists", `${sentence}, or choose another folder.`);

interface StoredKeys {
  vault: string;
  wrapped: Uint8Array;
  sealing: Sealing;
  keys: ProfileKeys;
}

function storeKeys(sql: Sql, { vault, wrapped, sealing, keys }: StoredKeys): void {
  const put = (key: string, value: Uint8Array) => sql.run("insert into profile (key, value) values (?, ?)", key, value);
  try {
    migrate(sql, [COMPONENT]);
    sql.transaction(() => {
      put("vault", new TextEncoder().encode(vault));
      put("data-key", wrapped);
      put("device-seed", sealing.seal(placeOf("profile", "device-seed", "value"), keys.deviceSeed));
      put("transport-seed", sealing.seal(placeOf("profile", "transport-seed", "value"), keys.transportSeed));
    });
  } catch (error) {
    sql.close();
    throw error;
  }
}

/** Throws `HomeportError`: `no-profile`, `locked`, `locked-vault`, `corrupt`, `newer-schema`. */
export async function openProfile(crypto: Crypto, random: Random, data: string, ask: AskPassphrase): Promise<Profile> {
  if (!(await hasProfile(data)))
    throw new HomeportError(
      "no-profile",
      `There is no profile in ${data}. Make one with \`homeport init\`, or join another device with \`homeport device join\`.`,
    );
  const sql = openSqlite(databasePath(data));
  try {
    migrate(sql, [COMPONENT]);
    const get = (key: string) => sql.get<{ value: Uint8Array }>("select value from profile where key = ?", key)?.value ?? unfinished();
    const vaultKind = new TextDecoder().decode(get("vault"));
    const dataKey = await vaultOf(crypto, random, data, vaultKind, ask).unwrap(get("data-key"));
    const sealing = new Sealing(crypto, random, dataKey);
    const deviceSeed = sealing.open(placeOf("profile", "device-seed", "value"), get("device-seed"));
    const transportSeed = sealing.open(placeOf("profile", "transport-seed", "value"), get("transport-seed"));
    return { sql, vaultKind, signer: createSeedSigner(crypto, deviceSeed), transportSeed, dataKey };
  } catch (error) {
    sql.close();
    throw error;
  }
}

/** Small settings of this device that are no secrets. */
export function readSetting(sql: Sql, key: string): string | undefined {
  const row = sql.get<{ value: Uint8Array }>("select value from profile where key = ?", `setting/${key}`);
  return row && new TextDecoder().decode(row.value);
}

export function writeSetting(sql: Sql, key: string, value: string): void {
  sql.run("insert or replace into profile (key, value) values (?, ?)", `setting/${key}`, new TextEncoder().encode(value));
}

/** After a failure in the middle of making one. Only what `createProfile` made. */
export async function discardProfile(data: string): Promise<void> {
  for (const name of [DATABASE, `${DATABASE}-wal`, `${DATABASE}-shm`, KEY_FILE]) await rm(join(data, name), { force: true });
}

/** The passphrase in a file, without a line end behind it. */
export async function readPassphraseFile(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new HomeportError("bad-config", `The passphrase file ${path} cannot be read.`, { cause });
  });
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 10 || bytes[end - 1] === 13)) end -= 1;
  return new Uint8Array(bytes.subarray(0, end));
}

function vaultOf(crypto: Crypto, random: Random, data: string, kind: string, ask: AskPassphrase): Vault {
  if (kind === "file") return fileVault(crypto, random, join(data, KEY_FILE));
  if (kind === "passphrase") return passphraseVault(crypto, random, ask);
  throw new HomeportError("unsupported", `The vault "${kind}" is not available yet. Use "file" or "passphrase".`);
}

function unfinished(): never {
  throw new HomeportError("corrupt", "The profile was never finished. Move the folder away and begin again.");
}
