import { webSockets } from "@libp2p/websockets";
import type { TransportFactory } from "../environment.ts";
import { startTransport } from "../start-transport.ts";
import type { Transport, TransportOptions } from "../types.ts";

/** A browser dials and cannot listen: its own devices answer it over the connections that it opened. */
export function createBrowserTransport(options: Omit<TransportOptions, "listen" | "mdns" | "announce">): Promise<Transport> {
  return startTransport({ ...options, listen: [], mdns: false }, { transports: () => [webSockets() as unknown as TransportFactory] });
}
