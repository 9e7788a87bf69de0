import { hostname } from "node:os";
import type { AddressChoice, AppAddress as Shown } from "../../../api/web.ts";
import { HomeportError } from "../../../sync/errors.ts";
import type { Log } from "../../../sync/log-port.ts";
import type { Clock, Random } from "../../../sync/ports.ts";
import { addressOfOrigin } from "../../../transport/addresses.ts";
import type { HttpAddress } from "../../config.ts";
import type { Authority } from "../../tls/authority.ts";
import { AcmeSource } from "../../tls/acme-source.ts";
import { FileSource } from "../../tls/file-source.ts";
import { ownAddresses } from "../../tls/own-addresses.ts";
import { fingerprint } from "../../tls/pem.ts";
import type { SealedSecrets } from "../../tls/sealed-secrets.ts";
import type { CertificateSource } from "../../tls/source.ts";
import { phoneOrigin } from "../access.ts";
import { appFiles } from "../app-files.ts";
import type { AcceptPeer } from "../site.ts";
import type { WebStore } from "../web-store.ts";
import { plainHttp } from "./plain-http.ts";
import type { SecureSite } from "./secure-site.ts";

/** Between two looks at the certificate, in milliseconds. */
const LOOK_MS = 30_000;
const NO_PROOFS: ReadonlyMap<string, string> = new Map();

export interface AppAddressOptions {
  store: WebStore;
  /** Where the node's own HTTPS listens. */
  https: HttpAddress;
  /** The localhost server runs, which a proxy passes requests on to. */
  hasHttp: () => boolean;
  secrets: SealedSecrets;
  random: Random;
  clock: Clock;
  log: Log;
  acceptPeer: AcceptPeer;
  /** The address under which own devices come is another one now. */
  changed(): void;
}

type Own = Exclude<AddressChoice, { way: "none" } | { way: "proxy" }>;

interface Running {
  choice: Own;
  source: CertificateSource;
  site: SecureSite;
  authority: Uint8Array | undefined;
  cancel(): void;
}

/** The address of the app for phones (W3): what was chosen, and the node's own HTTPS where the choice needs it. */
export class AppAddress {
  readonly #options: AppAddressOptions;
  #running: Running | undefined;
  #problem: string | undefined;

  constructor(options: AppAddressOptions) {
    this.#options = options;
  }

  /** Never rejects: a node without an address for phones is a node all the same. */
  async start(): Promise<void> {
    const choice = this.#options.store.address();
    if (choice.way === "none" || choice.way === "proxy") return;
    try {
      await this.#run(choice);
    } catch (error) {
      this.#problem = error instanceof HomeportError ? error.message : "HTTPS could not be started.";
      this.#options.log("error", "phones cannot reach the app", { why: this.#problem, what: String(error) });
    }
  }

  /** Throws `HomeportError`: `bad-address`. That it does not work afterwards is told by `describe`. */
  async choose(given: AddressChoice): Promise<void> {
    const choice: AddressChoice = given.way === "none" ? given : { ...given, origin: phoneOrigin(given.origin) };
    if (choice.way === "acme" && !/^[a-z][a-z0-9.-]*\.[a-z]+$/i.test(new URL(choice.origin).hostname))
      throw new HomeportError("bad-address", "A certificate by ACME needs a name of your own, such as https://chat.example.org.");
    await this.close();
    this.#options.store.change({ address: choice });
    await this.start();
    this.#options.changed();
  }

  origin(): string | undefined {
    const choice = this.#options.store.address();
    return choice.way === "none" ? undefined : choice.origin;
  }

  /** Multiaddr at which own devices come, without `/p2p`. */
  peerAddress(): string | undefined {
    const origin = this.origin();
    return origin === undefined ? undefined : addressOfOrigin(origin);
  }

  describe(browsers: number): Shown {
    const { store, https } = this.#options;
    const running = this.#running;
    const certificate = running?.source.current();
    const port = running?.site.port ?? https.port;
    return {
      choice: store.address(),
      origin: this.origin() ?? null,
      listens: running ? `${https.host}:${running.site.port}` : null,
      install: this.install(),
      fingerprint: running?.authority ? fingerprint(running.authority) : null,
      certificate: certificate ? { names: certificate.names, expires: certificate.notAfter } : null,
      problem: this.problem() ?? null,
      suggested: `https://${localName()}:${port}`,
      browsers,
    };
  }

  problem(): string | undefined {
    const choice = this.#options.store.address();
    if (choice.way === "proxy" && !this.#options.hasHttp())
      return "The node serves no web interface that a proxy could pass requests on to: start it without `--http off`.";
    return this.#problem ?? this.#running?.source.problem();
  }

  /** Where a phone is told how to trust the own authority. */
  install(): string[] {
    const running = this.#running;
    if (!running?.authority) return [];
    const { host } = this.#options.https;
    const hosts = host === "0.0.0.0" || host === "::" ? ownAddresses() : [host];
    return hosts.slice(0, 8).map((ip) => `http://${ip.includes(":") ? `[${ip}]` : ip}:${running.site.port}/`);
  }

  ports(): number[] {
    return this.#running ? [this.#running.site.port] : [];
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    this.#problem = undefined;
    if (!running) return;
    running.cancel();
    await running.site.close();
    running.source.close();
  }

  async #run(choice: Own): Promise<void> {
    const files = appFiles();
    if (files === undefined) throw new HomeportError("not-built", "The app was not built: run `npm run build:app`.");
    const { https, acceptPeer } = this.#options;
    const { source, authority } = await this.#source(choice);
    const { serveSecure } = await import("./secure-site.ts");
    const { host } = new URL(choice.origin);
    const hostOnly = new URL(choice.origin).hostname.replace(/^\[(.*)\]$/, "$1");
    const site = await serveSecure({
      ...{ address: https, files, acceptPeer, strictTransport: choice.way === "acme" && !choice.directory },
      doors: () => ({ control: [], phones: [`https://${host}`] }),
      wayForPhones: () => ({ origin: choice.origin, install: [] }),
      plain: plainHttp({
        ...{ origin: () => choice.origin, authority },
        hosts: () => [hostOnly, ...ownAddresses(), ...(https.host === "0.0.0.0" ? [] : [https.host])],
        proofs: () => (source instanceof AcmeSource ? source.proofs : NO_PROOFS),
      }),
    });
    const running: Running = { choice, source, site, authority, cancel: () => undefined };
    this.#running = running;
    await this.#look(running);
  }

  /** Now and every so often: is there a newer certificate? */
  async #look(running: Running): Promise<void> {
    const { log, clock } = this.#options;
    try {
      await running.source.refresh();
    } catch (error) {
      log("error", "the certificate could not be renewed", { what: String(error) });
    }
    if (this.#running !== running) return;
    this.#show(running);
    running.cancel = clock.after(LOOK_MS, () => void this.#look(running));
  }

  #show({ source, site }: Running): void {
    const certificate = source.current();
    if (certificate) site.use(certificate);
  }

  async #source(choice: Own): Promise<{ source: CertificateSource; authority: Uint8Array | undefined }> {
    const { random, clock, secrets, log } = this.#options;
    const host = new URL(choice.origin).hostname.replace(/^\[(.*)\]$/, "$1");
    if (choice.way === "files") return { source: new FileSource(choice), authority: undefined };
    if (choice.way === "acme") {
      const { directory, contact, challenge } = choice;
      const source: AcmeSource = new AcmeSource({
        ...{ domain: host, challenge, directory, contact, secrets, clock, log },
        proving: (proof) => this.#running?.site.prove(proof),
        renewed: () => {
          if (this.#running?.source === source) this.#show(this.#running);
        },
      });
      return { source, authority: undefined };
    }
    const { OwnSource } = await import("../../tls/own-source.ts");
    const authority = await this.#authority(host);
    return { source: new OwnSource({ authority, host, random, clock }), authority: authority.certificate };
  }

  /** Kept as long as the name stays: a phone that trusts it need not be asked again. */
  async #authority(host: string): Promise<Authority> {
    const { secrets, random, clock } = this.#options;
    const [name, keyName] = [`ca-certificate ${host}`, `ca-key ${host}`];
    const [certificate, key] = [secrets.get(name), secrets.get(keyName)];
    if (certificate && key) return { certificate, key };
    const { makeAuthority } = await import("../../tls/authority.ts");
    const made = await makeAuthority({ names: [host], random, now: clock.now() }, `Homeport ${host}`);
    secrets.put(keyName, made.key);
    secrets.put(name, made.certificate);
    return made;
  }
}

/** The name under which multicast DNS usually finds this machine. */
function localName(): string {
  const [first = ""] = hostname().toLowerCase().split(".");
  return `${/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(first) && first !== "localhost" ? first : "homeport"}.local`;
}
