/** K2: a device vouches for the transport key under which it is reached, for a time. */
import { DOMAIN } from "../domains.ts";
import { decodeCbor, encodeCbor } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";
import type { Crypto, Signer } from "../ports.ts";
import { blobOf, bytesOf, tupleOf, uintOf } from "./shape.ts";

const VERSION = 1;
export const MAX_CERTIFICATE_BYTES = 1024;
/** How long a new one is good for; it is renewed in its last half. */
export const CERTIFICATE_LIFE_MS = 365 * 24 * 3600 * 1000;

export interface TransportCertificate {
  /** Device key, 32 bytes. */
  device: Uint8Array;
  /** Raw Ed25519 public key of the transport, 32 bytes. */
  transport: Uint8Array;
  /** Grows by one with each certificate of the device: of two, the higher holds. */
  epoch: number;
  /** Milliseconds since 1970; invalid from then on. */
  expires: number;
}

export interface SignedCertificate extends TransportCertificate {
  signedPart: Uint8Array;
  signature: Uint8Array;
}

export async function issueCertificate(signer: Signer, claim: Omit<TransportCertificate, "device">): Promise<Uint8Array> {
  const signedPart = encodeClaim({ device: signer.publicKey, ...claim });
  return encodeCertificate(signedPart, await signer.sign(DOMAIN.transportCertificate, signedPart));
}

export function encodeClaim({ device, transport, epoch, expires }: TransportCertificate): Uint8Array {
  return encodeCbor([VERSION, device, transport, epoch, expires]);
}

export function encodeCertificate(signedPart: Uint8Array, signature: Uint8Array): Uint8Array {
  return encodeCbor([signedPart, signature]);
}

/** Checks the form only. Throws `MalformedError`. */
export function decodeCertificate(bytes: Uint8Array): SignedCertificate {
  if (bytes.length > MAX_CERTIFICATE_BYTES) throw new MalformedError("a certificate is too large");
  const [signed, signature] = tupleOf(decodeCbor(bytes.slice()), "a certificate", 2);
  const signedPart = blobOf(signed, "a signed part", MAX_CERTIFICATE_BYTES);
  const [version, device, transport, epoch, expires] = tupleOf(decodeCbor(signedPart), "a certificate", 5);
  if (version !== VERSION) throw new MalformedError("a certificate is of an unknown version");
  return {
    device: bytesOf(device, "a device key", 32),
    transport: bytesOf(transport, "a transport key", 32),
    epoch: uintOf(epoch, "an epoch"),
    expires: uintOf(expires, "an expiry"),
    signedPart,
    signature: bytesOf(signature, "a signature", 64),
  };
}

/**
 * Throws `MalformedError` for a wrong form, a wrong signature or an expired certificate. `now` in milliseconds since 1970.
 * Whether `device` is in good standing is the account's question.
 */
export function verifyCertificate(crypto: Crypto, bytes: Uint8Array, now: number): TransportCertificate {
  const { device, transport, epoch, expires, signedPart, signature } = decodeCertificate(bytes);
  if (!crypto.verify(DOMAIN.transportCertificate, signedPart, signature, device)) {
    throw new MalformedError("the signature of a certificate is wrong");
  }
  if (now >= expires) throw new MalformedError("a certificate has expired");
  return { device, transport, epoch, expires };
}
