import { z } from "zod";
import { nothing, short } from "./common.ts";

const vaultKind = z.enum(["file", "passphrase", "keyring", "systemd"]);
/** Base64 of its bytes: a passphrase need not be text. */
export const passphrase = z.base64().min(4).max(8192);

export const vaultState = z.object({
  /** As named by `--vault`; of a later version perhaps none of those. */
  vault: z.string().min(1).max(32),
  /** What it protects from, and what not. */
  protects: short,
});

const lockState = z.object({ locked: z.boolean() });

/** What the daemon itself does, locked or not. */
export const vaultMethods = {
  "vault.show": {
    summary: "Which vault keeps the key of what is at rest, and what that protects from.",
    params: nothing,
    result: vaultState.extend({ locked: z.boolean(), /** By another own device. */ unlocksFromAfar: z.boolean() }),
  },
  "vault.change": {
    summary: "Wraps the key of what is at rest by another vault, or by a new secret of the same one. `passphrase` only with that vault.",
    params: z.strictObject({ vault: vaultKind, passphrase: passphrase.optional() }),
    result: vaultState,
  },
  lock: {
    summary: "Ends sessions and bridges, closes the database and wipes its keys from memory, until `unlock`.",
    params: nothing,
    result: lockState,
  },
  unlock: {
    summary: "Opens the vault of a locked daemon. `passphrase` only with that vault.",
    params: z.strictObject({ passphrase: passphrase.optional() }),
    result: lockState,
  },
  stop: { summary: "Ends the daemon.", params: nothing, result: z.object({ stopping: z.literal(true) }) },
} as const;
