import type { DialRequest } from "../contract/index.ts";
import type { XmppConfig } from "./config.ts";

/** Registered ports: STARTTLS, and TLS from the first byte. */
const PORT = { none: 5222, direct: 5223 } as const;
/** XEP-0368, section 5. */
const ALPN = ["xmpp-client"];

/** Where to connect, one after the other, and how. What is not encrypted from the first byte is encrypted before the login. */
export function endpointsOf({ jid: { domain }, server, tls }: XmppConfig): DialRequest[] {
  const host = server?.host ?? domain;
  const direct = { host, port: server?.port ?? PORT.direct, tls: "direct", servername: domain, alpn: ALPN } as const;
  const plain = { host, port: server?.port ?? PORT.none, tls: "none" } as const;
  // XEP-0368: the domain says where both kinds are; one that says nothing is its own server (RFC 6120, 3.2.2).
  const directs = server ? [direct] : [{ ...direct, service: "_xmpps-client._tcp" }, direct];
  const plains = server ? [plain] : [{ ...plain, service: "_xmpp-client._tcp" }, plain];
  if (tls === "direct") return directs;
  if (tls === "starttls" || tls === "none" || server?.port === PORT.none) return plains;
  return server ? [direct, plain] : [...directs.slice(0, 1), ...plains.slice(0, 1), direct, plain];
}
