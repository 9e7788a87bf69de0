import type { Crypto } from "../../sync/ports.ts";

/** Argon2id: three passes over 256 MiB, about a second on a home PC. Part of the format. */
const OPS = 3;
const MEMORY = 256 * 1024 * 1024;

/** The 32-byte key that a passphrase opens its vault with (R1). `salt` has 16 bytes. */
export const derivePassphraseKey = (crypto: Crypto, passphrase: Uint8Array, salt: Uint8Array): Uint8Array =>
  crypto.passwordHash(passphrase, salt, OPS, MEMORY);
