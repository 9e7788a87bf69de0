import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { concat, toHex } from "../../sync/encoding/bytes.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Crypto, Random } from "../../sync/ports.ts";
import { placeOf, Sealing } from "../../sync/store/sealing.ts";
import { eraseFile, writeWhole } from "./key-files.ts";
import { type NodeVault, wrapAndPlace } from "./node-vault.ts";
import { SystemdCreds } from "./systemd-creds.ts";

const PLACE = placeOf("vault", "systemd", "data-key");
const NUMBER = 8;
const HOST_KEY = 0;
const WITH_TPM = 1;

/**
 * R1: a key that systemd sealed for this machine, with its TPM where there is one, in a file beside the database. A service's
 * manager may have opened it already (`LoadCredentialEncrypted=`); else `systemd-creds` does.
 */
export function systemdVault(crypto: Crypto, random: Random, data: string, env: NodeJS.ProcessEnv = process.env): NodeVault {
  const creds = new SystemdCreds(env);
  const vault: NodeVault = {
    kind: "systemd",
    wrap: (dataKey) => wrapAndPlace(vault, dataKey),
    async prepare(dataKey) {
      const key = random.bytes(32);
      const tpm = await creds.hasTpm();
      const wrapped = concat(
        new Uint8Array([tpm ? WITH_TPM : HOST_KEY]),
        random.bytes(NUMBER),
        new Sealing(crypto, random, key).seal(PLACE, dataKey),
      );
      const sealed = await creds.encrypt(credentialOf(wrapped), key, tpm ? "host+tpm2" : "host");
      return {
        wrapped,
        async place() {
          await writeWhole(join(data, fileOf(wrapped)), sealed);
          crypto.wipe(key);
        },
      };
    },
    async unwrap(wrapped) {
      const key = (await handedOver(env, wrapped)) ?? (await creds.decrypt(credentialOf(wrapped), await sealedKey(data, wrapped)));
      try {
        return new Sealing(crypto, random, key).open(PLACE, wrapped.subarray(1 + NUMBER));
      } catch (cause) {
        throw new HomeportError("locked-vault", "What systemd keeps does not fit this profile.", { cause });
      } finally {
        crypto.wipe(key);
      }
    },
    erase: (wrapped) => eraseFile(join(data, fileOf(wrapped))),
    protects: (wrapped) =>
      wrapped[0] === WITH_TPM
        ? "The data key is sealed by systemd with this machine's TPM: a copy of the disk opens on no other machine. Who takes the whole machine can start it, and Homeport with it, unless the disk is encrypted with a passphrase."
        : "The data key is sealed by systemd with a key that lies on this machine's disk, because it has no TPM: this protects a copy of the data folder, not from who takes the disk.",
  };
  return vault;
}

/** The name of the credential, which is bound into it, and of its file in the data folder. */
const credentialOf = (wrapped: Uint8Array): string => `homeport-${toHex(wrapped.subarray(1, 1 + NUMBER))}`;
const fileOf = (wrapped: Uint8Array): string => `${credentialOf(wrapped)}.cred`;

/** For `LoadCredentialEncrypted=` of a service. */
export const credentialFile = (data: string, wrapped: Uint8Array): { name: string; file: string } => ({
  name: credentialOf(wrapped),
  file: join(data, fileOf(wrapped)),
});

async function handedOver(env: NodeJS.ProcessEnv, wrapped: Uint8Array): Promise<Uint8Array | undefined> {
  const folder = env.CREDENTIALS_DIRECTORY;
  if (folder === undefined) return undefined;
  const bytes = await readFile(join(folder, credentialOf(wrapped))).catch(() => undefined);
  return bytes && Uint8Array.from(bytes);
}

function sealedKey(data: string, wrapped: Uint8Array): Promise<Uint8Array> {
  const name = fileOf(wrapped);
  return readFile(join(data, name)).catch((cause: unknown) => {
    throw new HomeportError("locked-vault", `The sealed key of this profile cannot be read. Put ${name} back into the data folder.`, {
      cause,
    });
  });
}
