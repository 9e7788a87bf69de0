import { concat } from "../../sync/encoding/bytes.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Crypto, Random } from "../../sync/ports.ts";
import { placeOf, Sealing } from "../../sync/store/sealing.ts";
import { derivePassphraseKey } from "../../device/unlocking/passphrase-key.ts";
import { type NodeVault, type PassphraseKey, wrapAndPlace } from "./node-vault.ts";

const PLACE = placeOf("vault", "passphrase", "data-key");
const SALT = 16;

/** R1: a passphrase that has to be given at each start. It protects everything at rest, as well as the passphrase is good. */
export function passphraseVault(crypto: Crypto, random: Random, keyOf: PassphraseKey): NodeVault {
  const withKey = async <T>(salt: Uint8Array, use: (sealing: Sealing) => T): Promise<T> => {
    const key = await keyOf(salt);
    try {
      return use(new Sealing(crypto, random, key));
    } finally {
      crypto.wipe(key);
    }
  };
  const vault: NodeVault = {
    kind: "passphrase",
    wrap: (dataKey) => wrapAndPlace(vault, dataKey),
    async prepare(dataKey) {
      const salt = random.bytes(SALT);
      const sealed = await withKey(salt, (sealing) => sealing.seal(PLACE, dataKey));
      return { wrapped: concat(salt, sealed), place: async () => undefined };
    },
    unwrap: (wrapped) =>
      withKey(saltOf(wrapped), (sealing) => {
        try {
          return sealing.open(PLACE, wrapped.subarray(SALT));
        } catch (cause) {
          throw new HomeportError("locked-vault", "The passphrase is wrong.", { cause });
        }
      }),
    erase: async () => undefined,
    protects: () =>
      "The data key is sealed by your passphrase: what is at rest is as safe as the passphrase is good, also from who takes the disk. While Homeport runs unlocked, the key is in memory.",
  };
  return vault;
}

/** Of a wrapping by a passphrase, 16 bytes. */
export const saltOf = (wrapped: Uint8Array): Uint8Array => wrapped.slice(0, SALT);

/** The key of a passphrase that is asked for when it is needed. */
export function askedKey(crypto: Crypto, ask: () => Promise<Uint8Array>): PassphraseKey {
  return async (salt) => {
    const secret = await ask();
    const key = derivePassphraseKey(crypto, secret, salt);
    crypto.wipe(secret);
    return key;
  };
}
