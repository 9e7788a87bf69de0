import { concat } from "../../sync/encoding/bytes.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Crypto, Random, Vault } from "../../sync/ports.ts";
import { placeOf, Sealing } from "../../sync/store/sealing.ts";

const PLACE = placeOf("vault", "passphrase", "data-key");
const SALT = 16;
/** Argon2id: three passes over 256 MiB, about a second on a home PC. */
const OPS = 3;
const MEMORY = 256 * 1024 * 1024;

/** R1: a passphrase that has to be given at each start. It protects everything at rest, as well as the passphrase is good. */
export function passphraseVault(crypto: Crypto, random: Random, passphrase: () => Promise<Uint8Array>): Vault {
  const sealing = async (salt: Uint8Array) => {
    const secret = await passphrase();
    const key = crypto.passwordHash(secret, salt, OPS, MEMORY);
    crypto.wipe(secret);
    return new Sealing(crypto, random, key);
  };
  return {
    kind: "passphrase",
    async wrap(dataKey) {
      const salt = random.bytes(SALT);
      return concat(salt, (await sealing(salt)).seal(PLACE, dataKey));
    },
    async unwrap(wrapped) {
      const opened = await sealing(wrapped.slice(0, SALT));
      try {
        return opened.open(PLACE, wrapped.subarray(SALT));
      } catch (cause) {
        throw new HomeportError("locked-vault", "The passphrase is wrong.", { cause });
      }
    },
  };
}
