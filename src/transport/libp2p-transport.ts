import type { Connection, Startable } from "@libp2p/interface";
import { sameBytes } from "../sync/encoding/bytes.ts";
import { HomeportError } from "../sync/errors.ts";
import type { Link } from "../sync/ports.ts";
import { checkAnnounceAddress, checkListenAddress, ownAddresses, portsOf } from "./addresses.ts";
import type { Environment } from "./environment.ts";
import { GuardedSession } from "./guarded-session.ts";
import { Handshakes } from "./handshakes.ts";
import { keyOf, privateKeyOf, shortKey } from "./keys.ts";
import { createHost, type Host } from "./libp2p-host.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { Links } from "./links.ts";
import { ListenErrors } from "./listen-errors.ts";
import { Outgoing } from "./outgoing.ts";
import { PROTOCOLS, STREAM_LIMITS } from "./protocols.ts";
import { RefusalLog } from "./refusal-log.ts";
import type { LinkProtocol, OpenConnection, Transport, TransportOptions } from "./types.ts";

/** Milliseconds between two looks at idle connections, at most. */
const SWEEP_INTERVAL = 5_000;
/** Milliseconds: the two parts of the time that `stop` may take. */
const GOODBYE_TIME = 700;
const STOP_TIME = 1_100;

export async function startTransport(options: TransportOptions, environment: Environment): Promise<Transport> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { log } = options;
  const refusals = new RefusalLog(log);
  const isKnown = guarded(options);
  const links = new Links({ limits, isKnown, log, refusals });
  const handshakes = new Handshakes(limits.handshakes, refusals);
  const errors = new ListenErrors();
  const session = new GuardedSession({
    allowance: (peer) => (isKnown(peer) ? Number.POSITIVE_INFINITY : limits.strangerBytes),
    cut: (peer, reason) => log("warn", "a connection was cut", { peer: shortKey(peer), reason }),
  });
  const host = await createHost({
    privateKey: await privateKeyOf(options.seed),
    listen: options.listen.map(checkListenAddress),
    limits,
    transports: environment.transports(limits).map((factory) => errors.watch(factory)),
    session,
    handshakes,
  });
  await serve(host, links);
  const transport = new Libp2pTransport(host, links, {
    announced: (options.announce ?? []).map(checkAnnounceAddress),
    outgoing: new Outgoing(
      {
        open: (address, signal) => host.services.inside.transportManager.dial(address, { signal }),
        isImpostor: (address) => session.isImpostor(address),
        timeout: limits.handshakeTimeout,
      },
      links,
    ),
    sweepInterval: Math.min(SWEEP_INTERVAL, limits.idle / 3),
    discovery: options.mdns ? environment.discovery : undefined,
  });
  try {
    await transport.start();
  } catch (cause) {
    await transport.stop();
    throw errors.toHomeportError(cause);
  }
  return transport;
}

async function serve(host: Host, links: Links): Promise<void> {
  host.addEventListener("connection:open", ({ detail }) => links.opened(detail));
  host.addEventListener("connection:close", ({ detail }) => links.closed(detail));
  for (const protocol of Object.keys(PROTOCOLS) as LinkProtocol[]) {
    await host.handle(PROTOCOLS[protocol], (stream, connection) => links.accept(protocol, stream, connection), STREAM_LIMITS);
  }
}

/** A peer is a stranger while nobody can say otherwise. */
function guarded({ isKnown, log }: TransportOptions): (key: Uint8Array) => boolean {
  return (key) => {
    try {
      return isKnown(key);
    } catch (error) {
      log("error", "could not tell whether a peer is known", { reason: error instanceof Error ? error.name : "unknown" });
      return false;
    }
  };
}

interface Parts {
  announced: readonly string[];
  outgoing: Outgoing;
  sweepInterval: number;
  discovery: Environment["discovery"] | undefined;
}

class Libp2pTransport implements Transport {
  readonly key: Uint8Array;
  readonly #host: Host;
  readonly #links: Links;
  readonly #parts: Parts;
  readonly #discovery: Startable | undefined;
  #sweeper: ReturnType<typeof setInterval> | undefined;
  #discovered: (peer: Uint8Array, addresses: string[]) => void = () => undefined;
  #stopping: Promise<void> | undefined;

  constructor(host: Host, links: Links, parts: Parts) {
    this.key = keyOf(host.peerId) as Uint8Array;
    this.#host = host;
    this.#links = links;
    this.#parts = parts;
    this.#discovery = parts.discovery?.(host.services.inside, (peer, addresses) => this.#discovered(peer, addresses));
  }

  async start(): Promise<void> {
    await this.#host.start();
    await this.#discovery?.start();
    this.#sweeper = setInterval(() => this.#links.sweep(), this.#parts.sweepInterval);
  }

  addresses(): string[] {
    return ownAddresses(this.#parts.announced, this.#listening(), this.#host.peerId.toString());
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
    await within(STOP_TIME, Promise.all([this.#discovery?.stop(), this.#host.stop()]));
  }

  #listening(): string[] {
    return this.#host.services.inside.transportManager.getAddrs().map((address) => address.toString());
  }
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
