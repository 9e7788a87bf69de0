import { accountRecords, type AccountRecords } from "../api/account.ts";
import { CERTIFICATE_LIFE_MS, issueCertificate, verifyCertificate } from "../sync/account/certificate.ts";
import { recoverInto, requireKey } from "../sync/account/recover.ts";
import { publishBackupKey } from "../device/backup-key.ts";
import * as byWords from "../device/recovery-words.ts";
import { bytesOfBase32, keyOf, keyOfWords, newRecoveryKey, opSetOf, type ShowWords } from "../device/recovery-words.ts";
import { createSeedSigner } from "../sync/crypto/seed-signer.ts";
import { createRandom, createSodiumCrypto } from "../sync/crypto/sodium.ts";
import { toBase32 } from "../sync/encoding/base32.ts";
import { HomeportError } from "../sync/errors.ts";
import { accountText, deviceText } from "../sync/log/public-id.ts";
import type { Crypto } from "../sync/ports.ts";
import { systemClock } from "./clock.ts";
import { forPeople } from "./disk-errors.ts";
import { makeDevice } from "./make-device.ts";
import { type AskPassphrase, createProfile, discardProfile, hasProfile, writeSetting } from "./profile-store.ts";

export interface SignRecovery {
  records: AccountRecords;
  /** The 24 words, UTF-8; wiped. */
  words: Uint8Array;
  /** Ids of the devices that stay. */
  keep: readonly string[];
  showRecovery: ShowWords;
}

/**
 * A5: what is to be imported so that the account is recovered. The words stay in this process, and the new ones are shown
 * once the old ones have proved right. Throws `wrong-words`, `no-recovery`, `not-found`.
 */
export async function signRecovery(asked: SignRecovery): Promise<AccountRecords> {
  return byWords.signRecovery({ ...asked, crypto: await createSodiumCrypto(), random: createRandom() });
}

/** A1: what is to be imported so that other words hold from now on. */
export async function signRotation(asked: Omit<SignRecovery, "keep">): Promise<AccountRecords> {
  return byWords.signRotation({ ...asked, crypto: await createSodiumCrypto(), random: createRandom() });
}

/** Shows words for an account that has none; returns the hash of their key. */
export async function makeFirstWords(showRecovery: ShowWords): Promise<string> {
  const crypto = await createSodiumCrypto();
  const { hash, entropy } = await newRecoveryKey(crypto, createRandom(), showRecovery);
  crypto.wipe(entropy);
  return toBase32(hash);
}

/** What `account export` wrote, and which devices it speaks of. Throws `malformed`. */
export async function readRecords(
  text: string,
): Promise<{ records: AccountRecords; devices: { device: string; name: string; state: string }[] }> {
  const crypto = await createSodiumCrypto();
  try {
    const records = accountRecords.parse(JSON.parse(text));
    const names = new Map(records.devices.map(({ name, certificate }) => [certificateDevice(crypto, certificate), name]));
    const { state } = opSetOf(crypto, records);
    const devices = [...state.devices.values()].map((standing) => {
      const device = deviceText(standing.key);
      return { device, name: names.get(device) ?? "", state: standing.state };
    });
    return { records, devices };
  } catch (cause) {
    if (cause instanceof HomeportError) throw cause;
    throw new HomeportError("malformed", "This file was not written by `homeport account export`, or it is damaged.", { cause });
  }
}

export interface RecoverProfile extends SignRecovery {
  /** Data folder, absolute, without a profile. */
  data: string;
  name: string;
  vault: string;
  passphrase: AskPassphrase;
}

/** A new device that the words let in, and nobody else (B5). Leaves no profile behind where it fails. */
export async function recoverProfile(options: RecoverProfile): Promise<{ account: string; device: string }> {
  const { data, name, vault, passphrase, records, words, keep, showRecovery } = options;
  if (await hasProfile(data))
    throw new HomeportError("exists", `There is a profile in ${data} already; start it, and recover without --from.`);
  const crypto = await createSodiumCrypto();
  const random = createRandom();
  const keys = { deviceSeed: random.bytes(32), transportSeed: random.bytes(32) };
  const signer = createSeedSigner(crypto, keys.deviceSeed);
  const set = opSetOf(crypto, records);
  const key = keyOfWords(crypto, words);
  try {
    requireKey(crypto, set, key);
    const profile = await createProfile(crypto, random, data, vault, passphrase, keys);
    try {
      const { hash: recovery, entropy } = await newRecoveryKey(crypto, random, showRecovery);
      const ops = await recoverInto({ crypto, ops: set.all(), account: set.account, key, signer, keep: keep.map(keyOf), recovery });
      writeSetting(profile.sql, "name", name);
      const device = makeDevice({ profile, crypto, random, ops });
      const transport = crypto.signKeypair(keys.transportSeed).publicKey;
      const certificate = await issueCertificate(signer, { transport, epoch: 1, expires: systemClock.now() + CERTIFICATE_LIFE_MS });
      const others = records.devices.map((record) => ({ ...record, certificate: bytesOfBase32(record.certificate) }));
      device.transact((writer) => {
        for (const record of [...others, { name, addresses: [], certificate }]) {
          const { device: about } = verifyCertificate(crypto, record.certificate, writer.now());
          if (device.isAdmitted(about)) device.records.put({ ...record, device: about }, { ms: 0, n: 1 }, writer.now());
        }
      });
      publishBackupKey(device, entropy);
      crypto.wipe(entropy);
      device.close();
      return { account: accountText(set.account), device: deviceText(signer.publicKey) };
    } catch (error) {
      profile.sql.close();
      await discardProfile(data);
      throw error;
    }
  } catch (error) {
    throw forPeople(error);
  } finally {
    for (const secret of [keys.deviceSeed, keys.transportSeed, key.secretKey]) crypto.wipe(secret);
  }
}

function certificateDevice(crypto: Crypto, certificate: string): string {
  return deviceText(verifyCertificate(crypto, bytesOfBase32(certificate), 0).device);
}
