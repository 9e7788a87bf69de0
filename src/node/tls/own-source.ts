import type { Clock, Random } from "../../sync/ports.ts";
import { ownAddresses } from "./own-addresses.ts";
import { type Authority, issueLeaf, type KeyedCertificate } from "./authority.ts";
import { isPrivate } from "./private-ranges.ts";
import type { CertificateSource } from "./source.ts";

/** Renewed when it has less than this to go, in milliseconds. */
const RENEW_BEFORE = 100 * 24 * 3600_000;
const MOST_ADDRESSES = 32;

export interface OwnSourceOptions {
  authority: Authority;
  /** Of the origin: a name or an IP address. */
  host: string;
  random: Random;
  clock: Clock;
  /** IP addresses of this machine; for tests. */
  addresses?: () => string[];
}

/** Certificates of the own authority, for the chosen name and for the addresses that this machine has now. */
export class OwnSource implements CertificateSource {
  readonly #options: OwnSourceOptions;
  #current: KeyedCertificate | undefined;

  constructor(options: OwnSourceOptions) {
    this.#options = options;
  }

  current(): KeyedCertificate | undefined {
    return this.#current;
  }

  problem(): undefined {
    return undefined;
  }

  async refresh(): Promise<void> {
    const { authority, random, clock } = this.#options;
    const [names, now] = [this.#names(), clock.now()];
    const known = this.#current;
    if (known && known.names.join() === names.join() && known.notAfter - now > RENEW_BEFORE) return;
    this.#current = await issueLeaf(authority, { names, random, now });
  }

  close(): void {
    this.#options.authority.key.fill(0);
  }

  #names(): string[] {
    const { host, addresses = ownAddresses } = this.#options;
    return [...new Set([host, ...addresses().filter(isPrivate)])].slice(0, MOST_ADDRESSES);
  }
}
