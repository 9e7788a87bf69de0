import { readFile, writeFile } from "node:fs/promises";
import { HomeportError } from "../../sync/errors.ts";
import type { Crypto, Random, Vault } from "../../sync/ports.ts";
import { placeOf, Sealing } from "../../sync/store/sealing.ts";

const PLACE = placeOf("vault", "file", "data-key");

/**
 * R1: a key in a file that only the user can read, beside the database. It protects a backup or a copy of the database
 * alone; not from whoever reads the whole folder.
 */
export function fileVault(crypto: Crypto, random: Random, path: string): Vault {
  return {
    kind: "file",
    async wrap(dataKey) {
      const key = random.bytes(32);
      await writeFile(path, key, { mode: 0o600, flag: "wx" });
      return new Sealing(crypto, random, key).seal(PLACE, dataKey);
    },
    async unwrap(wrapped) {
      const key = await readFile(path).catch((cause: unknown) => {
        throw new HomeportError(
          "locked-vault",
          "The key file of this profile is missing or cannot be read. Put vault.key back into the data folder.",
          { cause },
        );
      });
      try {
        return new Sealing(crypto, random, key).open(PLACE, wrapped);
      } catch (cause) {
        throw new HomeportError("locked-vault", "The key file does not fit this profile. Put back the vault.key that belongs to it.", {
          cause,
        });
      }
    },
  };
}
