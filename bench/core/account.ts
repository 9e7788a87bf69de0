import { dirname, join } from "node:path";
import { systemClock } from "../../src/node/clock.ts";
import { makeDevice } from "../../src/node/make-device.ts";
import { openSqlite } from "../../src/node/sqlite.ts";
import { countersignAdd, createGenesis, draftAdd, finishAdd } from "../../src/sync/account/author.ts";
import { issueCertificate } from "../../src/sync/account/certificate.ts";
import { createSeedSigner } from "../../src/sync/crypto/seed-signer.ts";
import { createRandom, createSodiumCrypto } from "../../src/sync/crypto/sodium.ts";
import { authoring } from "../../src/device/revocation.ts";
import { Device } from "../../src/sync/device.ts";
import type { Crypto } from "../../src/sync/ports.ts";

const random = createRandom();
const DAY_MS = 24 * 3600 * 1000;

export interface Keys {
  seed: Uint8Array;
  transportSeed: Uint8Array;
  dataKey: Uint8Array;
}

/** A device without a daemon around it: database, account and log of the product, with all its projections. */
export interface CoreDevice {
  keys: Keys;
  certificate: Uint8Array;
  transport: Uint8Array;
  ops: readonly Uint8Array[];
  others: { device: Uint8Array; name: string; certificate: Uint8Array }[];
}

/** The keys of two devices of one person, as they stand after linking. Nothing is on the disk. */
export async function twoDevices(): Promise<[CoreDevice, CoreDevice]> {
  const crypto = await createSodiumCrypto();
  const [home, phone] = [await identity(crypto), await identity(crypto)];
  const genesis = await createGenesis(crypto, random, home.signer, { recovery: null });
  const device = openCore(crypto, ":memory:", { keys: home.keys, ops: [genesis.op] });
  const draft = draftAdd(authoring(device), phone.signer.publicKey, "full");
  const consent = await countersignAdd(crypto, phone.signer, device.account.account, draft.signedPart);
  await finishAdd(authoring(device), draft, consent);
  const ops = device.ops.all();
  device.close();
  const parts = (own: Identity, other: Identity, name: string) => ({
    ...{ keys: own.keys, certificate: own.certificate, transport: own.transport, ops },
    others: [{ device: other.signer.publicKey, name, certificate: other.certificate }],
  });
  return [parts(home, phone, "phone"), parts(phone, home, "home")];
}

/** Opens or makes the device in the folder. */
export function openIn(crypto: Crypto, folder: string, core: CoreDevice): Device {
  const device = openCore(crypto, join(folder, "homeport.db"), core);
  device.transact((writer) => {
    for (const other of core.others) device.records.put({ ...other, addresses: [] }, { ms: 1, n: 0 }, writer.now());
  });
  return device;
}

/** Another device of the same account, admitted by this one. */
export async function admitted(device: Device): Promise<CoreDevice> {
  const other = await identity(device.crypto);
  const draft = draftAdd(authoring(device), other.signer.publicKey, "full");
  const consent = await countersignAdd(device.crypto, other.signer, device.account.account, draft.signedPart);
  await finishAdd(authoring(device), draft, consent);
  return { keys: other.keys, certificate: other.certificate, transport: other.transport, ops: device.ops.all(), others: [] };
}

/** Without a disk, and with a clock of its own. */
export async function memoryDevice(core: CoreDevice, now: () => number): Promise<Device> {
  const crypto = await createSodiumCrypto();
  return Device.open({
    ...{ sql: openSqlite(":memory:"), crypto, random, clock: { ...systemClock, now }, ops: core.ops },
    ...{ signer: createSeedSigner(crypto, core.keys.seed), dataKey: core.keys.dataKey.slice(), projections: [], log: () => undefined },
  });
}

function openCore(crypto: Crypto, path: string, { keys, ops }: Pick<CoreDevice, "keys" | "ops">): Device {
  const sql = openSqlite(path);
  const signer = createSeedSigner(crypto, keys.seed);
  const profile = { data: dirname(path), sql, signer, dataKey: keys.dataKey.slice() };
  return makeDevice({ profile, crypto, random, ops });
}

type Identity = Awaited<ReturnType<typeof identity>>;

async function identity(crypto: Crypto) {
  const keys: Keys = { seed: random.bytes(32), transportSeed: random.bytes(32), dataKey: random.bytes(32) };
  const signer = createSeedSigner(crypto, keys.seed);
  const transport = crypto.signKeypair(keys.transportSeed).publicKey;
  const certificate = await issueCertificate(signer, { transport, epoch: 1, expires: Date.now() + DAY_MS });
  return { keys, signer, transport, certificate };
}
