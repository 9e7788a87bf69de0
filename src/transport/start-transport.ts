import { checkAnnounceAddress, checkListenAddress } from "./addresses.ts";
import type { Environment } from "./environment.ts";
import { GuardedSession } from "./guarded-session.ts";
import { Handshakes } from "./handshakes.ts";
import { privateKeyOf, shortKey } from "./keys.ts";
import { createHost, type Host } from "./libp2p-host.ts";
import { Libp2pTransport } from "./libp2p-transport.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { Links } from "./links.ts";
import { ListenErrors } from "./listen-errors.ts";
import { Outgoing } from "./outgoing.ts";
import { PROTOCOLS, STREAM_LIMITS } from "./protocols.ts";
import { RefusalLog } from "./refusal-log.ts";
import type { LinkProtocol, Transport, TransportOptions } from "./types.ts";

/** Milliseconds between two looks at idle connections, at most. */
const SWEEP_INTERVAL = 5_000;

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
  const privateKey = await privateKeyOf(options.seed);
  const host = await createHost({
    privateKey,
    listen: [...options.listen.map(checkListenAddress), ...(environment.listen ?? [])],
    limits,
    transports: (await environment.transports(limits)).map((factory) => errors.watch(factory)),
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
        order: (addresses) => environment.order(addresses),
      },
      links,
    ),
    sweepInterval: Math.min(SWEEP_INTERVAL, limits.idle / 3),
    discovery: options.mdns ? environment.discovery : undefined,
    log,
    wipe: () => void privateKey.raw.fill(0),
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
function guarded(options: TransportOptions): (key: Uint8Array) => boolean {
  return (key) => {
    try {
      return options.isKnown(key);
    } catch (error) {
      options.log("error", "could not tell whether a peer is known", { reason: error instanceof Error ? error.name : "unknown" });
      return false;
    }
  };
}
