import { concat, utf8 } from "../../sync/encoding/bytes.ts";
import type { Signer } from "../../sync/ports.ts";

/** The device key as a key of Web Crypto that no script can read (K6). */
export function webCryptoSigner(keys: CryptoKeyPair, publicKey: Uint8Array): Signer {
  return {
    publicKey,
    sign: async (domain, message) => {
      const framed = concat(utf8(`${domain}\0`), message) as Uint8Array<ArrayBuffer>;
      return new Uint8Array(await crypto.subtle.sign("Ed25519", keys.privateKey, framed));
    },
  };
}
