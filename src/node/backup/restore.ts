import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { entropyOfWords, recoveryKeypair } from "../../sync/account/recovery-key.ts";
import { addByWords } from "../../sync/backup/admit.ts";
import type { Manifest } from "../../sync/backup/manifest.ts";
import { createRandom, createSodiumCrypto } from "../../sync/crypto/sodium.ts";
import { fromUtf8 } from "../../sync/encoding/bytes.ts";
import { HomeportError } from "../../sync/errors.ts";
import { accountText, deviceText } from "../../sync/log/public-id.ts";
import type { Crypto, Sql } from "../../sync/ports.ts";
import { blobFolder } from "../blob-folder.ts";
import { forPeople } from "../disk-errors.ts";
import { makeDevice } from "../make-device.ts";
import { type AskPassphrase, createProfile, discardProfile, hasProfile, type Restored, writeSetting } from "../profile-store.ts";
import { openSqlite } from "../sqlite.ts";
import { FileTaker } from "./files.ts";
import { readContents } from "./contents.ts";
import { openBackup } from "./read-file.ts";
import { type BackupSecret, fileKeyOf } from "./secret.ts";

const UNFINISHED = "restore.tmp";
const UNFINISHED_FILES = "restore-files.tmp";
const LEFT_OVERS = ["", "-wal", "-shm", "-journal"].map((suffix) => UNFINISHED + suffix);

export interface RestoreOptions {
  /** The backup. */
  file: string;
  /** Data folder without a profile, absolute. */
  data: string;
  name: string;
  vault: string;
  /** Of the new vault. */
  passphrase: AskPassphrase;
  secret: BackupSecret;
  /** Links the new device by another one, which gets the content as the old device had it. Undefined: the words admit it. */
  join?: ((restored: Restored) => Promise<{ account: string; device: string }>) | undefined;
}

/**
 * B5: what a backup holds, in a new device of the account. Nothing is left behind where it fails. Rejects with `exists`, as
 * `openBackup` does, and with `wrong-words`, `wrong-passphrase`, `newer-schema`.
 */
export async function restoreBackup(options: RestoreOptions) {
  const { data, secret } = options;
  if (await hasProfile(data))
    throw new HomeportError("exists", `There is a profile in ${data} already; a backup is restored into an empty folder.`);
  if (!options.join && !("words" in secret))
    throw new HomeportError(
      "needs-admission",
      "A restored device has to be admitted: give the recovery words, or --join LINK of another device.",
    );
  const crypto = await createSodiumCrypto();
  await mkdir(data, { recursive: true, mode: 0o700 });
  try {
    const { manifest, restored } = await unpack(crypto, options);
    const admitted = options.join ? await options.join(restored) : await admitByWords(crypto, options, restored, secret);
    const { created, entries } = manifest;
    return { ...admitted, created, entries };
  } catch (error) {
    if (!(await hasProfile(data))) await rm(blobFolder(data), { recursive: true, force: true });
    throw forPeople(error);
  } finally {
    for (const name of [...LEFT_OVERS, UNFINISHED_FILES]) await rm(join(data, name), { recursive: true, force: true });
  }
}

/** All of the backup was read and found authentic before anything of it counts. */
async function unpack(crypto: Crypto, { file: path, data, secret }: RestoreOptions): Promise<{ manifest: Manifest; restored: Restored }> {
  const file = await openBackup(crypto, path);
  const unfinished = join(data, UNFINISHED);
  const files = new FileTaker(join(data, UNFINISHED_FILES));
  await files.discard();
  const place = async (to: string) => {
    if (files.hasAny) await rename(join(data, UNFINISHED_FILES), blobFolder(data));
    await rename(unfinished, to);
  };
  try {
    const contents = await readContents(file.parts(fileKeyOf(crypto, file.header.recipients, secret)));
    await contents.database(
      (bytes) => writeNew(unfinished, bytes),
      (part, bytes) => files.take(part, bytes),
    );
    const { manifest, dataKey } = contents;
    prepare(unfinished, manifest);
    return { manifest, restored: { account: manifest.account, dataKey, place } };
  } finally {
    await file.close();
  }
}

async function writeNew(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    for await (const piece of bytes) await file.writeFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
}

function prepare(path: string, manifest: Manifest): void {
  const sql = openSqlite(path);
  try {
    sql.transaction(() => leaveHosting(sql, manifest));
    sql.exec("pragma wal_checkpoint(truncate); pragma journal_mode = delete");
  } finally {
    sql.close();
  }
}

/** Logins run on one device only: those of the backed-up one stay with it until the person takes them over. */
function leaveHosting(sql: Sql, { device }: Manifest): void {
  sql.run("insert or ignore into bridge_host (account, device, hlc_ms, hlc_n) select id, ?, 0, 0 from bridge_account", device);
  // Where it listened, and what it was called, are matters of that machine.
  sql.run("delete from profile where key in ('setting/listen', 'setting/name')");
}

async function admitByWords(crypto: Crypto, options: RestoreOptions, restored: Restored, secret: BackupSecret) {
  const { data, name, vault, passphrase } = options;
  if (!("words" in secret)) throw new TypeError("no words");
  const random = createRandom();
  const keys = { deviceSeed: random.bytes(32), transportSeed: random.bytes(32) };
  const entropy = entropyOfWords(fromUtf8(secret.words));
  const key = recoveryKeypair(crypto, entropy);
  const profile = await createProfile(crypto, random, data, vault, passphrase, keys, restored);
  try {
    writeSetting(profile.sql, "name", name);
    const device = makeDevice({ profile, crypto, random });
    device.addOps([await addByWords(crypto, device.ops, key, profile.signer)]);
    const admitted = { account: accountText(device.account.account), device: deviceText(device.self) };
    device.close();
    return admitted;
  } catch (error) {
    profile.sql.close();
    await discardProfile(data);
    throw error;
  } finally {
    for (const bytes of [entropy, key.secretKey, keys.deviceSeed, keys.transportSeed]) crypto.wipe(bytes);
  }
}
