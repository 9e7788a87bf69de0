import type { Client } from "../../../api/client.ts";

/**
 * What the 24 words are needed for, in the page: they never leave it. Only what they signed goes to the device, and from there to
 * all others. `show` gets the new words, and resolves once the person has them.
 */
export type Show = (words: string) => Promise<void>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const shown = (show: Show) => (words: Uint8Array) => show(new TextDecoder().decode(words));

/** Cryptography is large, and needed for this alone. */
async function cryptography() {
  const { createRandom, createSodiumCrypto } = await import("../../../sync/crypto/sodium.ts");
  return { crypto: await createSodiumCrypto(), random: createRandom() };
}

/** Throws `wrong-words` where these are not the words of the account. */
export async function checkTheWords(client: Client, words: string): Promise<void> {
  const { checkWords } = await import("../../../device/recovery-words.ts");
  const { crypto } = await cryptography();
  checkWords({ crypto, records: await client.call("account.export", {}), words: bytes(words) });
}

/** The first words of an account that has none; on the most senior device. */
export async function makeFirstWords(client: Client, show: Show): Promise<void> {
  const { newRecoveryKey } = await import("../../../device/recovery-words.ts");
  const { toBase32 } = await import("../../../sync/encoding/base32.ts");
  const { crypto, random } = await cryptography();
  const { hash, entropy } = await newRecoveryKey(crypto, random, shown(show));
  crypto.wipe(entropy);
  await client.call("account.first-recovery", { hash: toBase32(hash) });
}

/** Other words hold from now on. */
export async function rotateWords(client: Client, old: string, show: Show): Promise<void> {
  const { signRotation } = await import("../../../device/recovery-words.ts");
  const { crypto, random } = await cryptography();
  const records = await client.call("account.export", {});
  await client.call("account.import", await signRotation({ crypto, random, records, words: bytes(old), showRecovery: shown(show) }));
}

/** A5: this device and those of `keep` stay, all others are out, and new words hold. */
export async function recoverAccount(client: Client, old: string, keep: readonly string[], show: Show): Promise<void> {
  const { signRecovery } = await import("../../../device/recovery-words.ts");
  const { crypto, random } = await cryptography();
  const records = await client.call("account.export", {});
  const signed = await signRecovery({ crypto, random, records, words: bytes(old), keep, showRecovery: shown(show) });
  await client.call("account.import", signed);
}
