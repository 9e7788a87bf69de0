import { webSockets } from "@libp2p/websockets";
import type { Address, Way } from "../addresses.ts";
import { inOrder, type TransportFactory } from "../environment.ts";
import { startTransport } from "../start-transport.ts";
import type { Transport, TransportOptions } from "../types.ts";

export interface BrowserTransportOptions extends Omit<TransportOptions, "listen" | "mdns" | "announce"> {
  /** The page came by HTTPS: it may open no plain WebSocket but to its own machine (https://www.w3.org/TR/mixed-content/). */
  secure: boolean;
}

/** A browser dials and cannot listen: its own devices answer it over the connections that it opened. */
export function createBrowserTransport({ secure, ...options }: BrowserTransportOptions): Promise<Transport> {
  return startTransport(
    { ...options, listen: [], mdns: false },
    {
      transports: () => [webSockets() as unknown as TransportFactory],
      order: (addresses) => browserOrder(addresses, secure),
    },
  );
}

const WAYS: readonly Way[] = ["wss", "ws"];

/** The app's own origin first; then what works without a certificate; then what costs others. */
function browserOrder(addresses: readonly Address[], secure: boolean): Address[] {
  return inOrder(
    WAYS,
    addresses.filter(
      ({ way, text, host }) => !secure || !/\/ws(\/|$)/.test(text) || way === "wss" || host.startsWith("127.") || host === "::1",
    ),
  );
}
