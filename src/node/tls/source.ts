import type { KeyedCertificate } from "./authority.ts";

/** Where the certificate of the node's own HTTPS comes from, and who sees to it that it does not expire. */
export interface CertificateSource {
  /** Undefined until there is one. */
  current(): KeyedCertificate | undefined;
  /** Why there is none, or why it cannot be renewed; for people. */
  problem(): string | undefined;
  /** Gets one, or renews it where it is time. Called every so often; never rejects. */
  refresh(): Promise<void>;
  close(): void;
}
