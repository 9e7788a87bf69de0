import { createGenesis } from "../sync/account/author.ts";
import { fingerprint } from "../sync/account/fingerprint.ts";
import { publishBackupKey } from "../device/backup-key.ts";
import { newRecoveryKey } from "../device/recovery-words.ts";
import { createSodiumCrypto, createRandom } from "../sync/crypto/sodium.ts";
import { accountText, deviceText } from "../sync/log/public-id.ts";
import { forPeople } from "./disk-errors.ts";
import { makeDevice } from "./make-device.ts";
import { type AskPassphrase, createProfile, discardProfile, hasProfile, writeSetting } from "./profile-store.ts";

export { hasProfile };

interface InitOptions {
  data: string;
  name: string;
  vault: string;
  passphrase: AskPassphrase;
  showRecovery?: ((words: Uint8Array) => Promise<void>) | undefined;
}

/** A new account with this as its first device (A1). Nothing is left behind where it fails, `showRecovery` included. */
export async function initProfile({ data, name, vault, passphrase, showRecovery }: InitOptions) {
  const crypto = await createSodiumCrypto();
  const random = createRandom();
  const keys = { deviceSeed: random.bytes(32), transportSeed: random.bytes(32) };
  const profile = await createProfile(crypto, random, data, vault, passphrase, keys);
  try {
    const recovery = showRecovery && (await newRecoveryKey(crypto, random, showRecovery));
    const { account, op } = await createGenesis(crypto, random, profile.signer, { recovery: recovery?.hash ?? null });
    writeSetting(profile.sql, "name", name);
    const made = makeDevice({ profile, crypto, random, ops: [op] });
    if (recovery) publishBackupKey(made, recovery.entropy);
    made.close();
    if (recovery) crypto.wipe(recovery.entropy);
    const device = profile.signer.publicKey;
    return {
      ...{ account: accountText(account), device: deviceText(device), fingerprint: fingerprint(crypto, device) },
      protects: profile.protects,
    };
  } catch (error) {
    profile.sql.close();
    await discardProfile(data);
    throw forPeople(error);
  } finally {
    crypto.wipe(keys.deviceSeed);
    crypto.wipe(keys.transportSeed);
  }
}
