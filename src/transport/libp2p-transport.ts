import type { Startable } from "@libp2p/interface";
import { sameBytes } from "../sync/encoding/bytes.ts";
import { HomeportError } from "../sync/errors.ts";
import type { Link } from "../sync/ports.ts";
import { portsOf, reachable } from "./addresses.ts";
import type { Environment } from "./environment.ts";
import { keyOf } from "./keys.ts";
import type { Host } from "./libp2p-host.ts";
import type { Links } from "./links.ts";
import type { Outgoing } from "./outgoing.ts";
import { within } from "./timing.ts";
import type { LinkProtocol, OpenConnection, Transport, TransportLog } from "./types.ts";

/** Milliseconds: the two parts of the time that `stop` may take. */
const GOODBYE_TIME = 700;
const STOP_TIME = 1_100;

export interface TransportParts {
  announced: readonly string[];
  outgoing: Outgoing;
  sweepInterval: number;
  discovery: Environment["discovery"] | undefined;
  log: TransportLog;
  wipe(): void;
}

export class Libp2pTransport implements Transport {
  readonly key: Uint8Array;
  readonly #host: Host;
  readonly #links: Links;
  readonly #parts: TransportParts;
  readonly #discovery: Startable | undefined;
  #sweeper: ReturnType<typeof setInterval> | undefined;
  #discovered: (peer: Uint8Array, addresses: string[]) => void = () => undefined;
  #stopping: Promise<void> | undefined;
  #announced: readonly string[];

  constructor(host: Host, links: Links, parts: TransportParts) {
    this.key = keyOf(host.peerId) as Uint8Array;
    this.#host = host;
    this.#links = links;
    this.#parts = parts;
    this.#announced = parts.announced;
    this.#discovery = parts.discovery?.(host.services.inside, (peer, addresses) => this.#discovered(peer, addresses));
  }

  async start(): Promise<void> {
    await this.#host.start();
    await this.#discover();
    this.#sweeper = setInterval(() => this.#links.sweep(), this.#parts.sweepInterval);
  }

  addresses(): string[] {
    return reachable([...this.#announced, ...this.#listening()]).map((address) => `${address}/p2p/${this.#host.peerId.toString()}`);
  }

  announce(addresses: readonly string[]): void {
    this.#announced = addresses;
  }

  ports(): number[] {
    return portsOf(this.#listening());
  }

  async dial(peer: Uint8Array, addresses: readonly string[], protocol: LinkProtocol, signal?: AbortSignal): Promise<Link> {
    if (this.#stopping !== undefined) throw new HomeportError("stopped", "Homeport is being ended.");
    if (sameBytes(peer, this.key)) throw new HomeportError("bad-address", "This is the address of this device itself.");
    return this.#parts.outgoing.dial(peer, addresses, protocol, signal);
  }

  onLink(protocol: LinkProtocol, handler: (link: Link) => void): void {
    this.#links.onLink(protocol, handler);
  }

  onDiscovered(handler: (peer: Uint8Array, addresses: string[]) => void): void {
    this.#discovered = handler;
  }

  async disconnect(peer: Uint8Array): Promise<void> {
    this.#parts.outgoing.abandon(peer);
    this.#links.disconnect(peer);
  }

  connections(): OpenConnection[] {
    return this.#links.connections();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#sweeper);
    this.#parts.outgoing.abandon();
    await within(GOODBYE_TIME, this.#links.closeAll());
    await this.#stopListening();
    this.#parts.wipe();
  }

  async #stopListening(): Promise<void> {
    try {
      const ended = await within(STOP_TIME, Promise.all([this.#discovery?.stop(), this.#host.stop()]));
      if (!ended) this.#parts.log("warn", "the network is slow to stop");
    } catch (error) {
      this.#parts.log("warn", "the network did not stop in good order", { reason: error instanceof Error ? error.name : "unknown" });
    }
  }

  /** A network without multicast is no reason not to start. */
  async #discover(): Promise<void> {
    try {
      await this.#discovery?.start();
    } catch (error) {
      const reason = error instanceof Error ? error.name : "unknown";
      this.#parts.log("warn", "devices on the local network cannot be looked for", { reason });
    }
  }

  #listening(): string[] {
    return this.#host.services.inside.transportManager.getAddrs().map((address) => address.toString());
  }
}
