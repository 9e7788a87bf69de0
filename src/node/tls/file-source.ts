import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { KeyedCertificate } from "./authority.ts";
import type { CertificateSource } from "./source.ts";

/** A certificate that somebody else renews, in files; read again when they change. */
export class FileSource implements CertificateSource {
  readonly #paths: { certificate: string; key: string };
  #current: KeyedCertificate | undefined;
  #problem: string | undefined;
  #seen = "";

  constructor(paths: { certificate: string; key: string }) {
    this.#paths = paths;
  }

  current(): KeyedCertificate | undefined {
    return this.#current;
  }

  problem(): string | undefined {
    return this.#problem;
  }

  async refresh(): Promise<void> {
    const { certificate, key } = this.#paths;
    try {
      const [a, b] = await Promise.all([stat(certificate), stat(key)]);
      const seen = [a.mtimeMs, a.size, a.ino, b.mtimeMs, b.size, b.ino].join();
      if (seen === this.#seen) return;
      this.#current = keyed(await readFile(certificate, "utf8"), await readFile(key, "utf8"));
      this.#seen = seen;
      this.#problem = undefined;
    } catch (error) {
      // The one before goes on: files are often written one after the other.
      this.#problem = problemOf(error, certificate, key);
    }
  }

  close(): void {
    this.#current = undefined;
  }
}

/** Throws where the two do not belong together. */
export function keyed(cert: string, key: string): KeyedCertificate {
  createSecureContext({ cert, key });
  const leaf = new X509Certificate(cert);
  const names = (leaf.subjectAltName ?? "").split(", ").map((name) => name.replace(/^(DNS|IP Address):/, ""));
  return {
    cert,
    key,
    names: names.filter((name) => name !== ""),
    notBefore: Date.parse(leaf.validFrom),
    notAfter: Date.parse(leaf.validTo),
  };
}

function problemOf(error: unknown, certificate: string, key: string): string {
  const { code, path } = error as { code?: unknown; path?: unknown };
  if (code === "ENOENT") return `There is no file ${String(path)}.`;
  if (code === "EACCES" || code === "EPERM") return `Homeport may not read ${String(path)}.`;
  return `${certificate} and ${key} are not a certificate and its key.`;
}
