import { startTransport } from "../start-transport.ts";
import type { Transport, TransportOptions } from "../types.ts";
import { createDiscovery } from "./discovery.ts";
import { nodeTransports } from "./transports.ts";

/**
 * Starts to listen. Throws `HomeportError`: `bad-address` for an address that cannot be used, `port-in-use`, or
 * `listen-failed` where the system refuses for another reason.
 */
export function createTransport(options: TransportOptions): Promise<Transport> {
  return startTransport(options, { transports: nodeTransports, discovery: createDiscovery });
}
