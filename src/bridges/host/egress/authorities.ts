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

/** As `authorities`, with a certificate of our own for servers that ask for one. Throws for a PEM without certificate and key. */
export function authoritiesWithClient(ca: string | undefined, client: string): SecureContext {
  return make(ca === undefined ? [] : certificatesIn(ca), client);
}

function make(own: string[], client?: string): SecureContext {
  const known = new Set([...getCACertificates("default"), ...getCACertificates("system")]);
  const shown = client === undefined ? {} : { cert: client, key: client };
  return createSecureContext({ ca: [...known, ...own], minVersion: "TLSv1.2", ...shown });
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** OpenSSL would leave out what it cannot read and say nothing. */
function certificatesIn(pem: string): string[] {
  const found = pem.match(PEM) ?? [];
  if (found.length === 0) throw new TypeError("no certificate in PEM form");
  for (const one of found) new X509Certificate(one);
  return found;
}
