import { startTransport } from "../start-transport.ts";
import type { Transport, TransportOptions } from "../types.ts";
import type { Address } from "../addresses.ts";
import { type DialRelay, RelayTransport } from "../relay/relay-transport.ts";
import { createDiscovery } from "./discovery.ts";
import { nodeTransports } from "./transports.ts";
import { webRtcTransport, type WebRtcOptions } from "./webrtc-transport.ts";
import { WebSocketEntrance } from "./websocket-entrance.ts";

export interface NodeTransportOptions extends TransportOptions {
  /** Also listen for browsers by webrtc-direct. */
  webRtc?: WebRtcOptions | undefined;
}

/** What a node has and a browser has not. */
export interface NodeTransport extends Transport {
  /** Connections that come through a relay; see `Reservation`. */
  relays: RelayTransport;
  /** Takes a request for a WebSocket from another server of this process. */
  acceptWebSocket: WebSocketEntrance["accept"];
}

/**
 * Starts to listen. Throws `HomeportError`: `bad-address` for an address that cannot be used, `port-in-use`, or
 * `listen-failed` where the system refuses for another reason.
 */
export async function createTransport(options: NodeTransportOptions): Promise<NodeTransport> {
  const { webRtc } = options;
  const entrance = new WebSocketEntrance();
  let dial: DialRelay = () => Promise.reject(new Error("the transport is starting"));
  const relays = new RelayTransport((...given) => dial(...given));
  const transport = await startTransport(options, {
    transports: async (limits) => {
      const usual = [...nodeTransports(limits, entrance), relays.factory];
      return webRtc ? [...usual, await webRtcTransport(webRtc, limits.handshakes, options.log)] : usual;
    },
    listen: webRtc ? [`/ip4/0.0.0.0/udp/${webRtc.port}/webrtc-direct`] : [],
    // As they were given: own devices and the person know best.
    order: (addresses) => [...addresses.filter(isDirect), ...addresses.filter(({ way }) => way === "relay")],
    discovery: createDiscovery,
  });
  dial = (peer, addresses, signal) => transport.dial(peer, addresses, "relay", signal);
  const stop = transport.stop.bind(transport);
  return Object.assign(transport, {
    relays,
    acceptWebSocket: entrance.accept.bind(entrance),
    stop: () => {
      entrance.close();
      return stop();
    },
  });
}

const isDirect = ({ way }: Address): boolean => way === "tcp" || way === "ws";
