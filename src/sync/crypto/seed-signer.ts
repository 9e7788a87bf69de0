import type { Crypto, Signer } from "../ports.ts";

/**
 * A device key that lives as bytes (K6), where no key store can hold it. `seed` has 32 bytes; it is copied, and the
 * caller wipes its own. `close` wipes the key; signing then rejects.
 */
export function createSeedSigner(crypto: Crypto, seed: Uint8Array): Signer & { close(): void } {
  const { publicKey, secretKey } = crypto.signKeypair(seed);
  let closed = false;
  return {
    publicKey,
    sign: async (domain, message) => {
      if (closed) throw new Error("the signer is closed");
      return crypto.sign(domain, message, secretKey);
    },
    close: () => {
      closed = true;
      crypto.wipe(secretKey);
    },
  };
}
