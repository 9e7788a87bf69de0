import { X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";

let common: SecureContext | undefined;

/**
 * Whom certificates are checked against: Node's own list, the operating system's, and the account's (PEM). Without one of
 * the account's the context is shared: it takes 30 ms to make. Throws for a PEM that cannot be read.
 */
export function authorities(ca: string | undefined): SecureContext {
  if (ca !== undefined) return make(certificatesIn(ca));
  common ??= make([]);
  return common;
}

function make(own: string[]): SecureContext {
  const known = new Set([...getCACertificates("default"), ...getCACertificates("system")]);
  return createSecureContext({ ca: [...known, ...own], minVersion: "TLSv1.2" });
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** OpenSSL would leave out what it cannot read and say nothing. */
function certificatesIn(pem: string): string[] {
  const found = pem.match(PEM) ?? [];
  if (found.length === 0) throw new TypeError("no certificate in PEM form");
  for (const one of found) new X509Certificate(one);
  return found;
}
