import { doorOf, type KnownDoor } from "../../device/unlocking/projection.ts";
import type { Device } from "../../sync/device.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { sameBytes, toHex } from "../../sync/encoding/bytes.ts";
import { accountText, deviceText } from "../../sync/log/public-id.ts";
import type { Crypto, Random, Sql } from "../../sync/ports.ts";
import { loadOps } from "../../sync/store/account-ops.ts";
import { DeviceRecords } from "../../sync/store/devices.ts";
import { defaultListen } from "../listening.ts";
import { readSetting, writeSetting } from "../profile-store.ts";
import { saltOf } from "../vault/passphrase-vault.ts";
import { VaultRows, type WrappedKey } from "../vault/rows.ts";

const DOOR_SEED = "door-seed";
const DEVICE = "device";

/** All that a locked device knows: what the database holds unsealed. */
export interface Remembered {
  account: string;
  /** Empty where the profile was never started. */
  device: string;
  wrapped: WrappedKey | undefined;
  /** Multiaddrs. */
  listen: string[];
  entries: number;
  /** Seed of the transport key that it answers with, 32 bytes; only with a vault that can be opened from afar. */
  doorSeed: Uint8Array | undefined;
  /** Transport keys (hex) of the other own devices that are admitted. */
  own: ReadonlySet<string>;
}

/**
 * Stores what has to be known while the device is locked, and tells the own devices how to unlock it. The door's transport key
 * lies on the disk unsealed, so it is another than the device's own, and new with each change of the vault.
 */
export function rememberForLock(device: Device, random: Random): void {
  const { sql, crypto } = device;
  // A database that came out of a backup names another.
  if (readSetting(sql, DEVICE) !== deviceText(device.self)) writeSetting(sql, DEVICE, deviceText(device.self));
  const wrapped = new VaultRows(sql).current();
  const door = wrapped?.kind === "passphrase" ? ownDoor(sql, crypto, random, saltOf(wrapped.wrapped)) : undefined;
  if (!door) forgetDoor(sql);
  if (sameDoor(door, doorOf(device, device.self))) return;
  device.transact((writer) => void writer.append(device.ownLog.row, KIND.unlocking, { door: door ? { ...door } : null }));
}

/** The next `rememberForLock` draws a new one. */
export function forgetDoor(sql: Sql): void {
  sql.run("delete from profile where key = ?", DOOR_SEED);
}

export function readRemembered(sql: Sql, crypto: Crypto): Remembered {
  const { state } = loadOps(sql, crypto, undefined);
  const records = new DeviceRecords(sql, crypto);
  const self = readSetting(sql, DEVICE) ?? "";
  const own = records
    .all()
    .filter(({ device, transport }) => deviceText(device) !== self && records.admittedByTransport(state, transport))
    .map(({ transport }) => toHex(transport));
  return {
    account: accountText(state.account),
    device: self,
    wrapped: new VaultRows(sql).current(),
    listen: defaultListen(sql),
    entries: sql.get<{ n: number }>("select count(*) as n from entry")?.n ?? 0,
    doorSeed: readSeed(sql),
    own: new Set(own),
  };
}

function ownDoor(sql: Sql, crypto: Crypto, random: Random, salt: Uint8Array): KnownDoor {
  const seed = readSeed(sql) ?? random.bytes(32);
  sql.run("insert or ignore into profile (key, value) values (?, ?)", DOOR_SEED, seed);
  const transport = crypto.signKeypair(seed).publicKey;
  crypto.wipe(seed);
  return { transport, salt };
}

function readSeed(sql: Sql): Uint8Array | undefined {
  const row = sql.get<{ value: Uint8Array }>("select value from profile where key = ?", DOOR_SEED);
  return row && Uint8Array.from(row.value);
}

const sameDoor = (a: KnownDoor | undefined, b: KnownDoor | undefined): boolean =>
  a && b ? sameBytes(a.transport, b.transport) && sameBytes(a.salt, b.salt) : a === b;
