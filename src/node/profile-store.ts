import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSeedSigner } from "../sync/crypto/seed-signer.ts";
import { HomeportError } from "../sync/errors.ts";
import type { Crypto, Random, Signer, Sql } from "../sync/ports.ts";
import { migrate } from "../sync/store/migrate.ts";
import { placeOf, Sealing } from "../sync/store/sealing.ts";
import { forPeople, isTaken } from "./disk-errors.ts";
import { migrateWithCopy } from "./migration-copy.ts";
import { type NodeSql, openSqlite } from "./sqlite.ts";
import { FIRST_KEY_FILE } from "./vault/file-vault.ts";
import type { PassphraseKey } from "./vault/node-vault.ts";
import { askedKey } from "./vault/passphrase-vault.ts";
import { VaultRows } from "./vault/rows.ts";
import { vaultOf } from "./vault/vaults.ts";

const DATABASE = "homeport.db";

/** The table of what a profile has beside the log. */
const PROFILE_COMPONENT = {
  name: "profile",
  migrations: ["create table profile (key text primary key, value blob not null) without rowid"],
};

export type AskPassphrase = () => Promise<Uint8Array>;

/** The keys of this device, opened. */
export interface Profile {
  /** Its folder. */
  data: string;
  sql: NodeSql;
  /** `close` wipes the device key. */
  signer: Signer & { close(): void };
  /** Seed of the transport key (K2), 32 bytes. */
  transportSeed: Uint8Array;
  /** Seals what is at rest (R1), 32 bytes. */
  dataKey: Uint8Array;
  /** What the vault protects from, in words. */
  protects: string;
}

export interface ProfileKeys {
  deviceSeed: Uint8Array;
  transportSeed: Uint8Array;
}

/** A database with content, that becomes the one of a new profile. */
export interface Restored {
  /** Id of the account that it is of, 32 bytes. */
  account: Uint8Array;
  /** What its values are sealed under; the profile owns it from here on. */
  dataKey: Uint8Array;
  /** Puts the database, which holds no keys of a device, under this path. */
  place(path: string): Promise<void>;
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
  restored?: Restored,
): Promise<Profile> {
  if (await hasProfile(data)) throw exists(`There is a profile in ${data} already. Use it with \`homeport start\``);
  if (existsSync(join(data, FIRST_KEY_FILE)))
    throw exists(`There is a ${FIRST_KEY_FILE} without its database in ${data}. Put the database back`);
  try {
    await mkdir(data, { recursive: true, mode: 0o700 });
    await chmod(data, 0o700);
    const dataKey = restored?.dataKey ?? random.bytes(32);
    const vault = vaultOf({ crypto, random, data, passphraseKey: askedKey(crypto, ask) }, kind, true);
    const wrapped = await vault.wrap(dataKey);
    // SQLite gives its other files the mode of this one.
    await (restored ? restored.place(databasePath(data)) : writeFile(databasePath(data), "", { mode: 0o600, flag: "wx" }));
    const sql = openSqlite(databasePath(data));
    storeKeys(sql, { vault: vault.kind, wrapped, sealing: new Sealing(crypto, random, dataKey), keys });
    const signer = createSeedSigner(crypto, keys.deviceSeed);
    return { data, sql, signer, transportSeed: keys.transportSeed.slice(), dataKey, protects: vault.protects(wrapped) };
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
    migrate(sql, [PROFILE_COMPONENT]);
    sql.transaction(() => {
      new VaultRows(sql).put({ kind: vault, wrapped });
      put("device-seed", sealing.seal(placeOf("profile", "device-seed", "value"), keys.deviceSeed));
      put("transport-seed", sealing.seal(placeOf("profile", "transport-seed", "value"), keys.transportSeed));
    });
  } catch (error) {
    sql.close();
    throw error;
  }
}

/**
 * Throws `HomeportError`: `no-profile`, `locked`, `locked-vault`, `corrupt`, `newer-schema`. `passphraseKey` replaces asking where
 * the key was derived elsewhere.
 */
export async function openProfile(
  crypto: Crypto,
  random: Random,
  data: string,
  ask: AskPassphrase,
  passphraseKey: PassphraseKey = askedKey(crypto, ask),
): Promise<Profile> {
  const sql = await openDatabase(data);
  try {
    const rows = new VaultRows(sql);
    const current = rows.current() ?? unfinished();
    const world = { crypto, random, data, passphraseKey };
    const vault = vaultOf(world, current.kind);
    const dataKey = await vault.unwrap(current.wrapped);
    // A change of the vault that was interrupted leaves a wrapping that is not used any more, or not yet.
    const left = rows.leftover();
    if (left && (await erased(() => vaultOf(world, left.kind).erase(left.wrapped)))) rows.forgetLeftover();
    const get = (key: string) => sql.get<{ value: Uint8Array }>("select value from profile where key = ?", key)?.value ?? unfinished();
    const sealing = new Sealing(crypto, random, dataKey);
    const deviceSeed = sealing.open(placeOf("profile", "device-seed", "value"), get("device-seed"));
    const transportSeed = sealing.open(placeOf("profile", "transport-seed", "value"), get("transport-seed"));
    const signer = createSeedSigner(crypto, deviceSeed);
    crypto.wipe(deviceSeed);
    return { data, sql, signer, transportSeed, dataKey, protects: vault.protects(current.wrapped) };
  } catch (error) {
    sql.close();
    throw error;
  }
}

/** The database of a profile, of which only what is not sealed can be read. Throws as `openProfile` does. */
export async function openDatabase(data: string): Promise<NodeSql> {
  if (!(await hasProfile(data))) throw noProfile(data);
  const sql = openSqlite(databasePath(data));
  try {
    migrateWithCopy(sql, databasePath(data), [PROFILE_COMPONENT]);
    return sql;
  } catch (error) {
    sql.close();
    throw error;
  }
}

export const noProfile = (data: string): HomeportError =>
  new HomeportError(
    "no-profile",
    `There is no profile in ${data}. Make one with \`homeport init\`, or join another device with \`homeport device join\`.`,
  );

/** A keyring that is locked now is asked again at the next start. */
async function erased(erase: () => Promise<void>): Promise<boolean> {
  try {
    await erase();
    return true;
  } catch (error) {
    if (error instanceof HomeportError && error.code === "locked-vault") return false;
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
  const made = [DATABASE, `${DATABASE}-wal`, `${DATABASE}-shm`, FIRST_KEY_FILE];
  for (const name of made) await rm(join(data, name), { force: true });
  // What the systemd vault keeps, whose name is drawn at random.
  for (const name of await readdir(data).catch(() => [])) if (/^homeport-[0-9a-f]{16}\.cred$/.test(name)) await rm(join(data, name));
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

function unfinished(): never {
  throw new HomeportError("corrupt", "The profile was never finished. Move the folder away and begin again.");
}
