import type { ComponentLogger, Startable, Transport as Libp2pTransport, Upgrader } from "@libp2p/interface";
import type { WebRTCDirectTransportComponents } from "@libp2p/webrtc";
import type { Address, Way } from "./addresses.ts";
import type { Inside } from "./libp2p-host.ts";
import type { TransportLimits } from "./limits.ts";

/** What transports are made from. */
export type TransportComponents = WebRTCDirectTransportComponents & { logger: ComponentLogger; upgrader: Upgrader };

export type TransportFactory = (components: TransportComponents) => Libp2pTransport;

/** What differs between a node and a browser: where a device can listen and dial, and how it finds others nearby. */
export interface Environment {
  transports(limits: TransportLimits): TransportFactory[] | Promise<TransportFactory[]>;
  /** Multiaddrs to listen on beside those of the options. */
  listen?: readonly string[];
  /** Those that can be dialled from here, the best first. */
  order(addresses: readonly Address[]): Address[];
  discovery?: (inside: Inside, found: (peer: Uint8Array, addresses: string[]) => void) => Startable;
}

/** Sorted by the rank of their ways; those of a way that is not listed are left out. */
export function inOrder(ways: readonly Way[], addresses: readonly Address[]): Address[] {
  return addresses.filter(({ way }) => ways.includes(way)).sort((a, b) => ways.indexOf(a.way) - ways.indexOf(b.way));
}
