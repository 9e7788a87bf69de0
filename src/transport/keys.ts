import { generateKeyPairFromSeed, publicKeyFromRaw } from "@libp2p/crypto/keys";
import type { Ed25519PrivateKey, PeerId } from "@libp2p/interface";
import { peerIdFromPublicKey, peerIdFromString } from "@libp2p/peer-id";
import { toHex } from "../sync/encoding/bytes.ts";

const KEY_LENGTH = 32;

/** `seed` has 32 bytes. */
export function privateKeyOf(seed: Uint8Array): Promise<Ed25519PrivateKey> {
  if (seed.length !== KEY_LENGTH) throw new TypeError("a transport seed has 32 bytes");
  return generateKeyPairFromSeed("Ed25519", seed);
}

/** The PeerId of a raw Ed25519 public key of 32 bytes. */
export function peerIdOf(key: Uint8Array): PeerId {
  if (key.length !== KEY_LENGTH) throw new TypeError("a transport key has 32 bytes");
  return peerIdFromPublicKey(publicKeyFromRaw(key));
}

/** The raw Ed25519 public key in a PeerId; undefined for any other kind of key. */
export function keyOf(peer: PeerId): Uint8Array | undefined {
  return peer.type === "Ed25519" ? Uint8Array.from(peer.publicKey.raw) : undefined;
}

/** The key in the text of a PeerId (`12D3Koo…`); undefined where the text is none, or of another kind of key. */
export function keyOfText(text: string): Uint8Array | undefined {
  try {
    return keyOf(peerIdFromString(text));
  } catch {
    return undefined;
  }
}

/** Short name of a key for the log. */
export const shortKey = (key: Uint8Array): string => toHex(key.subarray(0, 4));
