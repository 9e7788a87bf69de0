import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { checkServerIdentity, connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { LinkFacts } from "../../../security-labels/index.ts";
import { bareHost } from "./address.ts";
import { authorities, authoritiesWithClient } from "./authorities.ts";
import { factsOf, normalFingerprint, whyUnverified } from "./certificate.ts";
import { codeOf, insecure, offline, whyOffline } from "./errors.ts";
import type { TlsPolicy } from "./types.ts";

export interface TlsOptions {
  /** The name that the certificate has to prove. */
  servername: string;
  alpn?: readonly string[] | undefined;
  policy: TlsPolicy;
  /** Milliseconds for the handshake. */
  timeout: number;
  signal: AbortSignal;
}

export interface Secured {
  stream: TLSSocket;
  facts: Pick<LinkFacts, "kind" | "verified" | "version" | "server" | "certificate">;
}

/**
 * TLS 1.2 or newer over a connection. Throws a `BridgeError`: `insecure` for a certificate that is not what the account
 * expects, `offline` when the handshake does not come about. The connection is then closed.
 */
export async function secure(socket: Duplex, options: TlsOptions): Promise<Secured> {
  const name = bareHost(options.servername);
  const stream = connect(connectionOptions(socket, name, options));
  try {
    await handshake(stream, options);
    return { stream, facts: judge(stream, name, options.policy) };
  } catch (error) {
    stream.destroy();
    socket.destroy();
    throw error;
  }
}

function connectionOptions(socket: Duplex, name: string, { alpn, policy }: TlsOptions): ConnectionOptions {
  return {
    socket,
    secureContext: contextOf(policy),
    // RFC 6066, section 3: no addresses in SNI.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    minVersion: "TLSv1.2",
    // `judge` refuses; Node would hide the certificate that a person has to be told of.
    rejectUnauthorized: false,
    checkServerIdentity: (_name, certificate) => checkServerIdentity(name, certificate),
  };
}

function contextOf(policy: TlsPolicy): ReturnType<typeof authorities> {
  const common = authoritiesOf(policy.ca);
  if (policy.client === undefined) return common;
  try {
    return authoritiesWithClient(policy.ca, policy.client);
  } catch {
    throw insecure("The setting clientcert cannot be read: it has to be a certificate and its key without passphrase, in PEM form.");
  }
}

function authoritiesOf(ca: string | undefined): ReturnType<typeof authorities> {
  try {
    return authorities(ca);
  } catch {
    throw insecure("The authority in the setting ca cannot be read: it has to be a certificate in PEM form.");
  }
}

function handshake(stream: TLSSocket, { servername, timeout, signal }: TlsOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (error: Error): void => void stream.destroy(error);
    const onAbort = (): void => stop(offline("The attempt was called off."));
    const timer = setTimeout(() => stop(offline(`${servername} did not finish the TLS handshake within ${timeout / 1000} s.`)), timeout);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      stream.off("close", onClose);
      stream.off("error", onError);
    };
    const onError = (error: Error): void => {
      settle();
      reject(handshakeError(servername, error));
    };
    const onClose = (): void => onError(offline(`${servername} cut the connection during the TLS handshake.`));
    signal.addEventListener("abort", onAbort, { once: true });
    stream.once("error", onError);
    stream.once("close", onClose);
    stream.once("secureConnect", () => {
      settle();
      stream.on("error", () => stream.destroy());
      stream.disableRenegotiation();
      resolve();
    });
    if (signal.aborted) onAbort();
  });
}

function handshakeError(servername: string, error: Error): Error {
  if (error.name === "BridgeError") return error;
  const code = codeOf(error);
  if (code.startsWith("ERR_SSL") || code === "EPROTO")
    return insecure(`${servername} does not speak TLS 1.2 or newer on this port (${code}).`);
  return offline(`${servername} did not finish the TLS handshake: ${whyOffline(error)}. Perhaps this port speaks no TLS.`);
}

/** What the certificate is worth to this account. A pin decides alone; without one the chain and the name do. */
function judge(stream: TLSSocket, server: string, policy: TlsPolicy): Secured["facts"] {
  const certificate = factsOf(stream.getPeerCertificate());
  const version = stream.getProtocol() ?? undefined;
  const facts = { kind: "tls" as const, version, server, certificate };
  if (policy.fingerprint !== undefined) return { ...facts, verified: checkPin(server, policy.fingerprint, certificate?.sha256) };
  if (stream.authorized) return { ...facts, verified: true };
  if (policy.allowUnverified) return { ...facts, verified: false };
  const why = whyUnverified(authorizationCode(stream));
  throw insecure(
    `The certificate of ${server} does not verify: ${why}. Its SHA-256 fingerprint is ${certificate?.sha256 ?? "unknown"}. ` +
      "If you know from elsewhere that it is the right one, set fingerprint= to this value, or ca= to the certificate of its authority.",
  );
}

/** Node gives a code where its types promise an error. */
function authorizationCode(stream: TLSSocket): string {
  const error: unknown = stream.authorizationError;
  return typeof error === "string" ? error : codeOf(error);
}

function checkPin(server: string, wanted: string, shown: string | undefined): true {
  const pin = normalFingerprint(wanted);
  if (pin === undefined) throw insecure("The setting fingerprint is not a SHA-256 fingerprint: it has to have 64 hexadecimal digits.");
  if (pin === shown) return true;
  throw insecure(
    `The certificate of ${server} is not the one that was pinned: its SHA-256 fingerprint is ${shown ?? "unknown"}. ` +
      "If the server has really changed its certificate, set fingerprint= to the new value.",
  );
}
