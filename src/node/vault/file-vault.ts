import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { concat, toHex } from "../../sync/encoding/bytes.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Crypto, Random } from "../../sync/ports.ts";
import { placeOf, Sealing } from "../../sync/store/sealing.ts";
import { eraseFile, writeWhole } from "./key-files.ts";
import { type NodeVault, wrapAndPlace } from "./node-vault.ts";

const PLACE = placeOf("vault", "file", "data-key");
/** Nonce, key and tag; a wrapping that was made by a change begins with the number of its file. */
const SEALED = 24 + 32 + 16;
const NUMBER = 8;

/** The key file of a profile that never changed its vault. */
export const FIRST_KEY_FILE = "vault.key";

/**
 * R1: a key in a file that only the user can read, beside the database. It protects a backup or a copy of the database
 * alone; not from whoever reads the whole folder. `first`: the profile is being made.
 */
export function fileVault(crypto: Crypto, random: Random, data: string, first = false): NodeVault {
  const vault: NodeVault = {
    kind: "file",
    wrap: (dataKey) => wrapAndPlace(vault, dataKey),
    async prepare(dataKey) {
      const key = random.bytes(32);
      const sealed = new Sealing(crypto, random, key).seal(PLACE, dataKey);
      const wrapped = first ? sealed : concat(random.bytes(NUMBER), sealed);
      return {
        wrapped,
        async place() {
          await writeWhole(join(data, nameOf(wrapped)), key);
          crypto.wipe(key);
        },
      };
    },
    async unwrap(wrapped) {
      const name = nameOf(wrapped);
      const key = await readFile(join(data, name)).catch((cause: unknown) => {
        throw lockedVault(`The key file of this profile is missing or cannot be read. Put ${name} back into the data folder.`, cause);
      });
      try {
        return new Sealing(crypto, random, key).open(PLACE, wrapped.subarray(-SEALED));
      } catch (cause) {
        throw lockedVault(`The key file does not fit this profile. Put back the ${name} that belongs to it.`, cause);
      } finally {
        crypto.wipe(key);
      }
    },
    erase: (wrapped) => eraseFile(join(data, nameOf(wrapped))),
    protects: () =>
      "The data key lies in a file beside the database: this protects a copy of the database alone, not from who can read the whole folder or takes the disk.",
  };
  return vault;
}

const nameOf = (wrapped: Uint8Array): string =>
  wrapped.length === SEALED ? FIRST_KEY_FILE : `vault-${toHex(wrapped.subarray(0, NUMBER))}.key`;

const lockedVault = (message: string, cause: unknown): HomeportError => new HomeportError("locked-vault", message, { cause });
