import { webSockets } from "@libp2p/websockets";
import type { Address, Way } from "../addresses.ts";
import { inOrder, type TransportFactory } from "../environment.ts";
import { type DialRelay, RelayTransport } from "../relay/relay-transport.ts";
import { startTransport } from "../start-transport.ts";
import type { Transport, TransportOptions } from "../types.ts";
import { webRtcDialler } from "./webrtc-transport.ts";

export interface BrowserTransportOptions extends Omit<TransportOptions, "listen" | "mdns" | "announce"> {
  /** The page came by HTTPS: it may open no plain WebSocket but to its own machine (https://www.w3.org/TR/mixed-content/). */
  secure: boolean;
  /** There is an `RTCPeerConnection`, perhaps another page's. */
  webRtc: boolean;
}

/** A browser dials and cannot listen: its own devices answer it over the connections that it opened. */
export async function createBrowserTransport({ secure, webRtc, ...options }: BrowserTransportOptions): Promise<Transport> {
  let dial: DialRelay = () => Promise.reject(new Error("the transport is starting"));
  const relays = new RelayTransport((...given) => dial(...given));
  const transport = await startTransport(
    { ...options, listen: [], mdns: false },
    {
      transports: () => [webSockets() as unknown as TransportFactory, ...(webRtc ? [webRtcDialler] : []), relays.factory],
      order: (addresses) => browserOrder(addresses, { secure, webRtc }),
    },
  );
  dial = (peer, addresses, signal) => transport.dial(peer, addresses, "relay", signal);
  return transport;
}

const WAYS: readonly Way[] = ["wss", "ws", "webrtc-direct", "relay"];

/** The app's own origin first; then what works without a certificate; then what costs others. */
export function browserOrder(addresses: readonly Address[], { secure, webRtc }: { secure: boolean; webRtc: boolean }): Address[] {
  const isOpenable = ({ text, host }: Address): boolean => {
    if (text.includes("/webrtc-direct/")) return webRtc;
    if (text.includes("/tls/ws")) return true;
    return /\/ws(\/|$)/.test(text) && (!secure || host.startsWith("127.") || host === "::1");
  };
  return inOrder(WAYS, addresses.filter(isOpenable));
}
