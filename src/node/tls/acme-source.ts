import type { Clock } from "../../sync/ports.ts";
import type { Log } from "../../sync/log-port.ts";
import type { KeyedCertificate } from "./authority.ts";
import { keyed } from "./file-source.ts";
import type { SealedSecrets } from "./sealed-secrets.ts";
import type { CertificateSource } from "./source.ts";

export type Challenge = "tls-alpn-01" | "http-01";

export interface AcmeOptions {
  domain: string;
  challenge: Challenge;
  /** Undefined: Let's Encrypt. */
  directory: string | undefined;
  /** Mail address for the issuer's warnings. */
  contact: string | undefined;
  secrets: SealedSecrets;
  clock: Clock;
  log: Log;
  /** Shown to who asks for `acme-tls/1` (RFC 8737), for as long as it is not undefined. */
  proving(proof: { cert: string; key: string } | undefined): void;
  /** A certificate came. */
  renewed(): void;
}

const LAST_MS = 24 * 3600_000;
const FIRST_MS = 60_000;
/** A failure costs the issuer's patience: Let's Encrypt bears five an hour. */
const MOST_FAILURES_SHORT = 3;

/** A certificate by ACME (RFC 8555) for one name, renewed when a third of its life is left. Account key and certificate are kept sealed. */
export class AcmeSource implements CertificateSource {
  readonly #options: AcmeOptions;
  /** By token: the body at `/.well-known/acme-challenge/TOKEN` (RFC 8555 §8.3). */
  readonly proofs = new Map<string, string>();
  #current: KeyedCertificate | undefined;
  #problem: string | undefined = "The certificate has not been asked for yet.";
  #failures = 0;
  #notBefore = 0;
  #running: Promise<void> | undefined;

  constructor(options: AcmeOptions) {
    this.#options = options;
    this.#current = this.#kept();
    if (this.#current) this.#problem = undefined;
  }

  current(): KeyedCertificate | undefined {
    return this.#current;
  }

  problem(): string | undefined {
    return this.#problem;
  }

  refresh(): Promise<void> {
    const now = this.#options.clock.now();
    if (this.#running || now < this.#notBefore || !isDue(this.#current, now)) return Promise.resolve();
    this.#running = this.#order().finally(() => {
      this.#running = undefined;
    });
    // It takes as long as the issuer does: nobody waits for it.
    return Promise.resolve();
  }

  close(): void {
    this.#current = undefined;
    this.proofs.clear();
  }

  async #order(): Promise<void> {
    const { clock, log, renewed, domain } = this.#options;
    try {
      this.#current = await this.#ask();
      this.#problem = undefined;
      this.#failures = 0;
      log("info", "a certificate was issued", { domain });
      renewed();
    } catch (error) {
      this.#failures += 1;
      this.#notBefore = clock.now() + Math.min(LAST_MS, FIRST_MS * 4 ** Math.max(0, this.#failures - MOST_FAILURES_SHORT));
      this.#problem = `The issuer gave no certificate: ${wordsOf(error)}`.slice(0, 500);
      log("warn", "no certificate was issued", { domain, why: this.#problem });
    }
  }

  async #ask(): Promise<KeyedCertificate> {
    const { domain, directory, contact, challenge, secrets, proving } = this.#options;
    const acme = await import("acme-client");
    const client = new acme.Client({
      directoryUrl: directory ?? acme.directory.letsencrypt.production,
      accountKey: await this.#accountKey(() => acme.crypto.createPrivateEcdsaKey()),
    });
    const [key, csr] = await acme.crypto.createCsr({ commonName: domain, altNames: [domain] }, await acme.crypto.createPrivateEcdsaKey());
    const cert = await client.auto({
      csr,
      ...(contact === undefined ? {} : { email: contact }),
      termsOfServiceAgreed: true,
      challengePriority: [challenge],
      // The issuer looks from outside; a router that does not lead back inside would fail it here for nothing.
      skipChallengeVerification: true,
      challengeCreateFn: async (authorization, { type, token }, keyAuthorization) => {
        if (type !== challenge) throw new Error(`it does not offer ${challenge}`);
        if (type === "http-01") this.proofs.set(token, keyAuthorization);
        else {
          const [proofKey, proof] = await acme.crypto.createAlpnCertificate(authorization, keyAuthorization);
          proving({ key: proofKey.toString(), cert: proof.toString() });
        }
      },
      challengeRemoveFn: async (_, { token }) => {
        this.proofs.delete(token);
        proving(undefined);
      },
    });
    secrets.put(this.#certificateName(), Buffer.from(JSON.stringify({ cert: String(cert), key: key.toString() })));
    return keyed(String(cert), key.toString());
  }

  async #accountKey(make: () => Promise<Buffer>): Promise<Buffer> {
    const name = `acme-account ${this.#options.directory ?? ""}`;
    const known = this.#options.secrets.get(name);
    if (known) return Buffer.from(known);
    const made = await make();
    this.#options.secrets.put(name, new Uint8Array(made));
    return made;
  }

  #kept(): KeyedCertificate | undefined {
    const kept = this.#options.secrets.get(this.#certificateName());
    if (!kept) return undefined;
    const { cert, key } = JSON.parse(Buffer.from(kept).toString("utf8")) as { cert: string; key: string };
    return keyed(cert, key);
  }

  #certificateName(): string {
    return `acme-certificate ${this.#options.directory ?? ""} ${this.#options.domain}`;
  }
}

/** A third of its life is left, or none. */
export function isDue(certificate: Pick<KeyedCertificate, "notAfter" | "notBefore"> | undefined, now: number): boolean {
  return certificate === undefined || certificate.notAfter - now < (certificate.notAfter - certificate.notBefore) / 3;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.replaceAll(/\s+/g, " ") : "it did not say why";
}
