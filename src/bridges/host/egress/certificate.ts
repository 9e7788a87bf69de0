import type { PeerCertificate } from "node:tls";

const WORDS: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "the authority that signed it is not known here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the authority that signed it is not known here",
  UNABLE_TO_GET_ISSUER_CERT: "the authority that signed it is not known here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the authority that signed it is not known here",
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet (is the clock of this machine right?)",
  ERR_TLS_CERT_ALTNAME_INVALID: "it is for another name",
};

/** Why a certificate does not verify, in words; the code where there are none. */
export const whyUnverified = (code: string): string => WORDS[code] ?? `the check says ${code}`;

/** 64 lower-case hexadecimal digits of what a person may have pasted, with colons or without; undefined if it is none. */
export function normalFingerprint(text: string): string | undefined {
  const hex = text
    .replace(/^sha-?256[:=\s]/i, "")
    .replace(/[:\s]/g, "")
    .toLowerCase();
  return /^[0-9a-f]{64}$/.test(hex) ? hex : undefined;
}

/** Of the leaf; undefined when the server showed none. */
export function factsOf(certificate: PeerCertificate): { sha256: string; issuer: string } | undefined {
  const sha256 = certificate.fingerprint256 === undefined ? undefined : normalFingerprint(certificate.fingerprint256);
  return sha256 === undefined ? undefined : { sha256, issuer: nameOf(certificate.issuer).slice(0, 200) };
}

/** The organisation and the common name, as far as they are there. Values may be lists. */
function nameOf(issuer: Partial<Record<string, string | string[]>> | undefined): string {
  const parts = [issuer?.["O"], issuer?.["CN"]].flat().filter((part) => part !== undefined);
  return [...new Set(parts)].join(", ") || "unnamed";
}
