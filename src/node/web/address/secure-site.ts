import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import fastify from "fastify";
import { HomeportError } from "../../../sync/errors.ts";
import type { HttpAddress } from "../../config.ts";
import type { KeyedCertificate } from "../../tls/authority.ts";
import { makeSite, type SiteOptions, takeUpgrades } from "../site.ts";
import { SERVER_LIMITS } from "../web-server.ts";
import { PortServer } from "./shared-port.ts";

export interface SecureSiteOptions extends SiteOptions {
  address: HttpAddress;
  /** What is said over plain HTTP on the same port. */
  plain: RequestListener;
}

export interface SecureSite {
  port: number;
  /** New connections get this one. */
  use(certificate: KeyedCertificate): void;
  /** Shown to an issuer that asks for `acme-tls/1`. */
  prove(proof: { cert: string; key: string } | undefined): void;
  close(): Promise<void>;
}

/** The app over the node's own HTTPS: its files and the connections of own devices, and no device API. */
export async function serveSecure(options: SecureSiteOptions): Promise<SecureSite> {
  let secure: HttpsServer | undefined;
  const app = fastify({
    ...SERVER_LIMITS,
    serverFactory: (handler) => {
      secure = createHttpsServer({ minVersion: "TLSv1.2", ALPNProtocols: ["http/1.1"], handshakeTimeout: 10_000 }, handler);
      return secure;
    },
  });
  makeSite(app, options);
  takeUpgrades(app, options);
  await app.ready();
  const server = secure as unknown as HttpsServer;
  // A handshake that fails is the other side's affair.
  server.on("tlsClientError", (_, socket) => socket.destroy());
  const plain = createHttpServer({ headersTimeout: 10_000, requestTimeout: 10_000, maxHeaderSize: 8 * 1024 }, options.plain);
  let proof: TlsServer | undefined;
  const ports = new PortServer({ secure: server, plain, proof: () => proof });
  const port = await ports.listen(options.address).catch((cause: unknown) => {
    throw cannotListen(options.address, cause);
  });
  return {
    port,
    use: ({ cert, key }) => server.setSecureContext({ cert, key, minVersion: "TLSv1.2" }),
    prove: (shown) => {
      proof = shown && createTlsServer({ ...shown, ALPNProtocols: ["acme-tls/1"] }, (socket) => socket.end());
      proof?.on("tlsClientError", (_, socket) => socket.destroy());
    },
    async close() {
      await ports.close();
      await app.close();
    },
  };
}

function cannotListen({ host, port }: HttpAddress, cause: unknown): HomeportError {
  const { code } = cause as { code?: unknown };
  if (code === "EADDRINUSE")
    return new HomeportError("port-in-use", `Another program listens on port ${port} already. Choose another with --https.`, { cause });
  const why = code === "EACCES" ? "the system allows this port to administrators only" : "the system refuses it";
  return new HomeportError("listen-failed", `HTTPS cannot listen on ${host}:${port}: ${why}. Choose another with --https.`, { cause });
}
