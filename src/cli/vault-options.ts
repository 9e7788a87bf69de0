import type { VaultKind } from "./node-entry.ts";

/** Options of the commands that make a profile. */
export interface VaultArgs {
  name: string | undefined;
  vault: VaultKind | undefined;
  "passphrase-file": string | undefined;
}

export const vaultOptions = {
  name: { type: "string", requiresArg: true, describe: "Name of this device, as your other devices show it (default: the machine's)" },
  vault: {
    choices: ["file", "passphrase", "keyring", "systemd"] as const,
    describe:
      "What keeps the key of your data: a file that only you can read (default), a passphrase at each start, the desktop's keyring, or systemd-creds",
  },
  "passphrase-file": { type: "string", requiresArg: true, describe: "File with the passphrase, for --vault passphrase" },
} as const;

export const vaultOf = (args: VaultArgs): VaultKind => args.vault ?? (args["passphrase-file"] === undefined ? "file" : "passphrase");
