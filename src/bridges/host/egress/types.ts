import type { SrvRecord } from "node:dns";
import type { Duplex } from "node:stream";
import type { DialRequest } from "../../contract/index.ts";
import type { LinkFacts } from "../../../security-labels/index.ts";

export interface DialedStream {
  stream: Duplex;
  link: LinkFacts;
}

/** The only way out of a plugin. Both throw a `BridgeError` (`forbidden`, `insecure`, `offline`). */
export interface Egress {
  dial(request: DialRequest, signal?: AbortSignal): Promise<DialedStream>;
  /** TLS on a stream that `dial` gave out; the old stream must not be touched afterwards. */
  upgrade(stream: Duplex, options: { servername: string }, signal?: AbortSignal): Promise<DialedStream>;
}

export interface EgressPolicy {
  /** `host:port` (IPv6 as `[::1]:6697`), from the manifest's `needs.net` with the fields filled in. */
  declared: string[];
  /** TCP ports on which this node itself listens; asked at each dial. */
  ownPorts: () => number[];
  socks?: SocksProxy | undefined;
  /** The account is one at a program that passes things on: on this machine, its link says so. */
  passesOn?: boolean | undefined;
  tls: TlsPolicy;
  /** Default: the system's resolver. */
  resolveSrv?: ((name: string) => Promise<SrvRecord[]>) | undefined;
  /** Default: false. Whether a domain may say that its service is on this machine. */
  localServices?: boolean | undefined;
  /** Milliseconds; 20,000 each by default. */
  connectTimeout?: number | undefined;
  handshakeTimeout?: number | undefined;
}

export interface SocksProxy {
  host: string;
  port: number;
  username?: string | undefined;
  password?: string | undefined;
}

export interface TlsPolicy {
  /** PEM, added to the system's authorities. */
  ca?: string | undefined;
  /** SHA-256 of the leaf certificate in hexadecimal, with or without colons. */
  fingerprint?: string | undefined;
  /** PEM of a certificate and its key, shown to servers that ask for one. */
  client?: string | undefined;
  /** The person said to go on with a certificate that does not verify: the link is then not verified. */
  allowUnverified: boolean;
}
