import { concat, toHex } from "../../sync/encoding/bytes.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Crypto, Random } from "../../sync/ports.ts";
import { placeOf, Sealing } from "../../sync/store/sealing.ts";
import { type NodeVault, wrapAndPlace } from "./node-vault.ts";

const PLACE = placeOf("vault", "keyring", "data-key");
/** Of the entry in the keyring: each wrapping has its own. */
const NUMBER = 16;
const SERVICE = "homeport";
const WORDS: Partial<Record<NodeJS.Platform, string>> = { darwin: "Keychain", win32: "Credential Manager" };

/**
 * R1: a key in the desktop's keyring (Secret Service, Keychain, Credential Manager). On Linux the library would fall back to the
 * kernel's keyring, which forgets at every restart: that is refused.
 */
export function keyringVault(crypto: Crypto, random: Random): NodeVault {
  const vault: NodeVault = {
    kind: "keyring",
    wrap: (dataKey) => wrapAndPlace(vault, dataKey),
    async prepare(dataKey) {
      const key = random.bytes(32);
      const wrapped = concat(random.bytes(NUMBER), new Sealing(crypto, random, key).seal(PLACE, dataKey));
      return {
        wrapped,
        async place() {
          await reach(async () => (await entryOf(wrapped)).setSecret(key));
          crypto.wipe(key);
        },
      };
    },
    async unwrap(wrapped) {
      const secret = await reach(async () => (await entryOf(wrapped)).getSecret());
      if (!secret)
        throw new HomeportError("locked-vault", `The ${wordFor()} has no key of this profile. Start Homeport as the user who made it.`);
      const key = Uint8Array.from(secret);
      secret.fill(0);
      try {
        return new Sealing(crypto, random, key).open(PLACE, wrapped.subarray(NUMBER));
      } catch (cause) {
        throw new HomeportError("locked-vault", `The key in the ${wordFor()} does not fit this profile.`, { cause });
      } finally {
        crypto.wipe(key);
      }
    },
    async erase(wrapped) {
      await reach(async () => (await entryOf(wrapped)).deleteCredential());
    },
    protects: () =>
      `The data key lies in your ${wordFor()}: what is at rest is as safe as your login password, also from who takes the disk. Every program that runs as you while you are logged in can ask for it.`,
  };
  return vault;
}

const wordFor = (): string => WORDS[process.platform] ?? "desktop's keyring";

/** Loaded when it is needed: the library is native code, and most profiles use another vault. */
async function entryOf(wrapped: Uint8Array) {
  const { AsyncEntry } = await import("@napi-rs/keyring");
  return new AsyncEntry(SERVICE, toHex(wrapped.subarray(0, NUMBER)), { linux: { store: "secret-service" } });
}

async function reach<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (cause) {
    throw new HomeportError(
      "locked-vault",
      `The ${wordFor()} cannot be reached or is locked. Log in to the desktop as this user and unlock it, or use another vault.`,
      { cause },
    );
  }
}
