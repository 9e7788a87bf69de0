import type { Connection, DialTransportOptions, Transport } from "@libp2p/interface";
import { transportSymbol } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import { parseAddress } from "../addresses.ts";
import type { TransportFactory } from "../environment.ts";

/** webrtc-direct for dialling, through the `RTCPeerConnection` that the surroundings have; the library is loaded when first used. */
export const webRtcDialler: TransportFactory = (components) => {
  let loaded: Promise<Transport> | undefined;
  const load = async (): Promise<Transport> => {
    const { webRTCDirect } = await import("@libp2p/webrtc");
    const make = webRTCDirect({ rtcConfiguration: { iceServers: [] } });
    return make(components);
  };
  return {
    [Symbol.toStringTag]: "homeport-webrtc",
    [transportSymbol]: true,
    listenFilter: () => [],
    dialFilter: (addresses: Multiaddr[]) => addresses.filter((address) => parseAddress(address.toString())?.way === "webrtc-direct"),
    createListener: () => {
      throw new TypeError("a browser does not listen");
    },
    dial: async (address: Multiaddr, options: DialTransportOptions): Promise<Connection> => {
      loaded ??= load();
      return (await loaded).dial(address, options);
    },
  };
};
