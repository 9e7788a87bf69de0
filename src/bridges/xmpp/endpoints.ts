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
  if (tls === "direct") return [direct];
  if (tls === "starttls" || tls === "none" || server?.port === PORT.none) return [plain];
  return [direct, plain];
}
