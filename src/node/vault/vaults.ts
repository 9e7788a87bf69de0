import { HomeportError } from "../../sync/errors.ts";
import type { Crypto, Random } from "../../sync/ports.ts";
import { fileVault } from "./file-vault.ts";
import { keyringVault } from "./keyring-vault.ts";
import type { NodeVault, PassphraseKey } from "./node-vault.ts";
import { passphraseVault } from "./passphrase-vault.ts";
import { systemdVault } from "./systemd-vault.ts";

export interface VaultWorld {
  crypto: Crypto;
  random: Random;
  /** Data folder. */
  data: string;
  passphraseKey: PassphraseKey;
}

/** Throws `HomeportError` of code `unsupported` for a kind of a later version. */
export function vaultOf({ crypto, random, data, passphraseKey }: VaultWorld, kind: string, first = false): NodeVault {
  switch (kind) {
    case "file":
      return fileVault(crypto, random, data, first);
    case "passphrase":
      return passphraseVault(crypto, random, passphraseKey);
    case "keyring":
      return keyringVault(crypto, random);
    case "systemd":
      return systemdVault(crypto, random, data);
    default:
      throw new HomeportError(
        "unsupported",
        `This version knows no vault "${kind.slice(0, 32)}". Use "file", "passphrase", "keyring" or "systemd".`,
      );
  }
}
