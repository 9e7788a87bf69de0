import type { Duplex } from "node:stream";
import type { DialRequest } from "../../contract/index.ts";
import { isLoopback } from "./address.ts";
import { connectTo } from "./connect.ts";
import { isDeclared, isServiceDeclared } from "./declared.ts";
import { forbidden, insecure } from "./errors.ts";
import { connectToService } from "./service.ts";
import { connectThrough } from "./socks.ts";
import { secure } from "./tls.ts";
import type { DialedStream, Egress, EgressPolicy, TlsPolicy } from "./types.ts";

const TIMEOUT = 20_000;

/** Of a connection in plain text that may still be upgraded. */
interface Plain {
  via: string | undefined;
}

/** The broker of one account: it dials what the account declares and nothing else, and measures how. */
export function createEgress(policy: EgressPolicy): Egress {
  const plain = new WeakMap<Duplex, Plain>();
  const never = new AbortController().signal;
  return {
    async dial(request, signal = never): Promise<DialedStream> {
      const { declared } = policy;
      const isService = request.service !== undefined;
      const isKnown = isService ? isServiceDeclared(declared, request) : isDeclared(declared, request.host, request.port);
      if (!isKnown) throw undeclared(request);
      const socket = await (isService ? connectToService(policy, request, signal) : connect(policy, request, signal));
      const { host } = request;
      const via = policy.socks === undefined ? undefined : `socks5 ${policy.socks.host}:${policy.socks.port}`;
      if (request.tls === "direct")
        return encrypt(policy, socket, { servername: request.servername ?? host, alpn: request.alpn, via, signal });
      plain.set(socket, { via });
      const kind = policy.passesOn && via === undefined && isLoopback(socket.remoteAddress) ? "loopback" : "none";
      return { stream: socket, link: { kind, verified: false, server: host, via, measuredBy: "host" } };
    },
    async upgrade(stream, { servername }, signal = never): Promise<DialedStream> {
      const known = plain.get(stream);
      if (known === undefined) throw forbidden("Only a plain connection of this account can be upgraded.");
      plain.delete(stream);
      if (stream.readableLength > 0) throw insecure("The server sent something in plain text before the encryption began.");
      return encrypt(policy, stream, { servername, via: known.via, signal });
    },
  };
}

const undeclared = ({ host, port }: DialRequest): Error =>
  forbidden(`The account does not declare ${host}:${port}; a bridge reaches only what it declares.`);

function connect({ socks, ownPorts, connectTimeout: timeout = TIMEOUT }: EgressPolicy, { host, port }: DialRequest, signal: AbortSignal) {
  return socks === undefined
    ? connectTo({ host, port, ownPorts, timeout, signal })
    : connectThrough({ host, port, proxy: socks, ownPorts, timeout, signal });
}

interface Encryption {
  servername: string;
  alpn?: readonly string[] | undefined;
  via: string | undefined;
  signal: AbortSignal;
}

async function encrypt(policy: EgressPolicy, socket: Duplex, { via, ...options }: Encryption): Promise<DialedStream> {
  const { stream, facts } = await secure(socket, {
    ...options,
    policy: withoutEmpty(policy.tls),
    timeout: policy.handshakeTimeout ?? TIMEOUT,
  });
  return { stream, link: { ...facts, via, measuredBy: "host" } };
}

/** A setting that is empty is not set. */
const withoutEmpty = ({ ca, fingerprint, client, allowUnverified }: TlsPolicy): TlsPolicy => ({
  ca: ca || undefined,
  fingerprint: fingerprint || undefined,
  client: client || undefined,
  allowUnverified,
});
