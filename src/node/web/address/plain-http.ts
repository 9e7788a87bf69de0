import type { IncomingMessage, ServerResponse } from "node:http";
import { fingerprint } from "../../tls/pem.ts";
import { CERTIFICATE_NAME, INSTALL_POLICY, installPage, languageOf, mobileConfig, PROFILE_NAME } from "./install-page.ts";

export interface PlainOptions {
  origin: () => string;
  /** Names and IP addresses of this machine, as in Host without a port. */
  hosts: () => readonly string[];
  /** DER of the own authority, where there is one. */
  authority: Uint8Array | undefined;
  /** By token: proofs for an issuer (RFC 8555 §8.3). */
  proofs: () => ReadonlyMap<string, string>;
}

const PROOF = /^\/\.well-known\/acme-challenge\/([\w-]{1,128})$/;

interface Answer {
  status: number;
  type: string;
  body: string | Uint8Array;
  headers?: Record<string, string>;
}

/** What plain HTTP says on the port of HTTPS: how to trust the own authority, or where to go. Never the app, never a secret. */
export function plainHttp(options: PlainOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const { status, type, body, headers } = answer(options, request);
    response.writeHead(status, {
      ...{ "content-type": type, "content-security-policy": INSTALL_POLICY, "x-content-type-options": "nosniff" },
      ...{ "referrer-policy": "no-referrer", "cache-control": "no-store", connection: "close", ...headers },
    });
    response.end(request.method === "HEAD" ? undefined : body);
  };
}

function answer({ origin, hosts, authority, proofs }: PlainOptions, request: IncomingMessage): Answer {
  const { url = "/", method, headers } = request;
  if (method !== "GET" && method !== "HEAD") return words(405, "This method is not used here.");
  const proof = proofs().get(PROOF.exec(url)?.[1] ?? "");
  if (proof !== undefined) return words(200, proof);
  const host = (headers.host ?? "")
    .replace(/:\d+$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();
  if (!hosts().includes(host)) return words(421, "This server does not answer to that name.");
  if (!authority) return { ...words(308, "Come by HTTPS."), headers: { location: `${origin()}/` } };
  const [path] = url.split("?", 1);
  if (path === `/${CERTIFICATE_NAME}`)
    return { status: 200, type: "application/x-x509-ca-cert", body: authority, headers: asFile(CERTIFICATE_NAME) };
  if (path === `/${PROFILE_NAME}`)
    return { status: 200, type: "application/x-apple-aspen-config", body: mobileConfig(authority, new URL(origin()).hostname) };
  if (path !== "/") return words(404, "There is no such page.");
  const page = installPage(languageOf(url, headers["accept-language"]), { origin: origin(), fingerprint: fingerprint(authority) });
  return { status: 200, type: "text/html; charset=utf-8", body: page };
}

const words = (status: number, body: string): Answer => ({ status, type: "text/plain; charset=utf-8", body });

const asFile = (name: string): Record<string, string> => ({ "content-disposition": `attachment; filename="${name}"` });
