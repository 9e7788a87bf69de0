import type { Connection, ConnectionGater, Ed25519PrivateKey, Libp2p } from "@libp2p/interface";
import type { MulticastDNSComponents } from "@libp2p/mdns";
import type { Multiaddr } from "@multiformats/multiaddr";
import { BlackHoleDatastore } from "datastore-core/black-hole";
import { createLibp2p } from "libp2p";
import type { TransportFactory } from "./environment.ts";
import type { GuardedSession } from "./guarded-session.ts";
import type { Handshakes } from "./handshakes.ts";
import { MAX_UNSENT, type TransportLimits } from "./limits.ts";
import { SILENT_LOGGER } from "./silent-logger.ts";

/** What libp2p's modules are made from, as far as it is used here. */
export type Inside = MulticastDNSComponents & { transportManager: TransportManager };

interface TransportManager {
  dial(address: Multiaddr, options: { signal: AbortSignal }): Promise<Connection>;
  getAddrs(): Multiaddr[];
}

export interface HostOptions {
  privateKey: Ed25519PrivateKey;
  listen: readonly string[];
  limits: TransportLimits;
  transports: TransportFactory[];
  session: GuardedSession;
  handshakes: Handshakes;
}

export type Host = Libp2p<{ inside: Inside }>;

/**
 * libp2p with nothing that speaks by itself or that tells strangers about this device: no identify (it would show all
 * addresses of this machine), no ping, no routing, no name resolution, and no memory of peers.
 */
export function createHost(options: HostOptions): Promise<Host> {
  const { limits, session } = options;
  return createLibp2p<{ inside: Inside }>({
    start: false,
    privateKey: options.privateKey,
    // What a module that is added later would tell strangers.
    nodeInfo: { name: "p2p", version: "1", userAgent: "p2p/1" },
    addresses: { listen: [...options.listen] },
    transports: options.transports,
    connectionEncrypters: [session.encrypter()],
    streamMuxers: [session.muxer()],
    // Its pings abort busy connections; yamux keeps a connection alive, and whether the peer lives is the core's to judge.
    connectionMonitor: { enabled: false },
    connectionManager: {
      maxConnections: limits.connections,
      inboundConnectionThreshold: limits.inboundPerSecond,
      maxIncomingPendingConnections: 2 * limits.handshakes,
      inboundUpgradeTimeout: limits.handshakeTimeout,
      inboundStreamProtocolNegotiationTimeout: limits.handshakeTimeout,
      outboundStreamProtocolNegotiationTimeout: limits.handshakeTimeout,
    },
    connectionGater: gater(options.handshakes),
    datastore: new BlackHoleDatastore(),
    logger: SILENT_LOGGER,
    services: {
      inside: ({ transportManager, addressManager, logger }: Inside) => ({ transportManager, addressManager, logger }),
    },
  });
}

function gater(handshakes: Handshakes): ConnectionGater {
  return {
    denyOutboundConnection: (_peer, connection) => {
      connection.maxWriteBufferLength = MAX_UNSENT;
      return false;
    },
    denyInboundConnection: (connection) => {
      handshakes.begin(connection);
      return false;
    },
    denyInboundUpgradedConnection: (_peer, connection) => {
      handshakes.end(connection);
      return false;
    },
  };
}
