import type { ComponentLogger, Startable, Transport as Libp2pTransport } from "@libp2p/interface";
import type { Inside } from "./libp2p-host.ts";
import type { TransportLimits } from "./limits.ts";

export type TransportFactory = (components: { logger: ComponentLogger }) => Libp2pTransport;

/** What differs between a node and a browser: where a device can listen and dial, and how it finds others nearby. */
export interface Environment {
  transports(limits: TransportLimits): TransportFactory[];
  discovery?: (inside: Inside, found: (peer: Uint8Array, addresses: string[]) => void) => Startable;
}
