import type { Vault } from "../../sync/ports.ts";

export const VAULT_KINDS = ["file", "passphrase", "keyring", "systemd"] as const;
export type VaultKind = (typeof VAULT_KINDS)[number];

/** A wrapping of the data key of which nothing lies outside yet. */
export interface Wrapping {
  /** What the database keeps. */
  wrapped: Uint8Array;
  /** Puts what unwraps it to where it belongs; nothing else can unwrap `wrapped`. */
  place(): Promise<void>;
}

/** A vault whose wrappings can be replaced one by the other without a moment at which none works. */
export interface NodeVault extends Vault {
  readonly kind: VaultKind;
  prepare(dataKey: Uint8Array): Promise<Wrapping>;
  /** Destroys what lies outside the database for a wrapping that is not used any more; nothing happens where there is nothing. */
  erase(wrapped: Uint8Array): Promise<void>;
  /** What this wrapping protects from, and what not: a sentence for people. */
  protects(wrapped: Uint8Array): string;
}

/** Derives the 32-byte key of a passphrase vault from its 16-byte salt. */
export type PassphraseKey = (salt: Uint8Array) => Promise<Uint8Array>;

/** `wrap` in the terms of `prepare`. */
export async function wrapAndPlace(vault: Pick<NodeVault, "prepare">, dataKey: Uint8Array): Promise<Uint8Array> {
  const { wrapped, place } = await vault.prepare(dataKey);
  await place();
  return wrapped;
}
