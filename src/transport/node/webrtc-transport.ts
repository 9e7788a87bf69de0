import type { CreateListenerOptions, Listener } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { TransportFactory } from "../environment.ts";
import type { TransportLog } from "../types.ts";

/** A certificate that stays the same: addresses of this way name its hash. */
export interface WebRtcCertificate {
  /** PEM. */
  privateKey: string;
  /** PEM. */
  pem: string;
  /** Multibase of the multihash of its DER. */
  certhash: string;
}

export interface WebRtcOptions {
  /** UDP; 0 takes a free one. */
  port: number;
  certificate: WebRtcCertificate;
}

/** What the library's listener calls for each stranger's first packet; each call makes a connection in native code. */
interface Incoming {
  incomingConnection(ufrag: string, host: string, port: number, signal: AbortSignal): Promise<void>;
}

/**
 * WebRTC (data channels alone) for browsers that come from afar: the certificate is pinned by the address, so that none that the world
 * trusts is needed. Loaded only where it is used. `handshakes` bounds those that are under way, as packets cost their sender nothing.
 */
export async function webRtcTransport({ certificate }: WebRtcOptions, handshakes: number, log: TransportLog): Promise<TransportFactory> {
  const { webRTCDirect } = await import("@libp2p/webrtc");
  // No servers of others are asked what our address is.
  const make = webRTCDirect({ certificate, rtcConfiguration: { iceServers: [] } });
  return (components) => {
    const transport = make(components);
    const createListener = transport.createListener.bind(transport);
    transport.createListener = (options: CreateListenerOptions) => guarded(createListener(options), handshakes, log);
    return transport;
  };
}

function guarded(listener: Listener, handshakes: number, log: TransportLog): Listener {
  const inside = listener as Listener & Incoming;
  const [take, listen] = [inside.incomingConnection.bind(inside), listener.listen.bind(listener)];
  let going = 0;
  inside.incomingConnection = async (...args) => {
    if (going >= handshakes) return;
    going += 1;
    try {
      await take(...args);
    } finally {
      going -= 1;
    }
  };
  // One way of several: that it fails is no reason not to start. A port cannot be taken twice in one process, e.g. after `unlock`.
  listener.listen = async (address: Multiaddr) => {
    try {
      await listen(address);
    } catch (error) {
      log("warn", "webrtc-direct cannot listen", { address: address.toString(), why: error instanceof Error ? error.message : "unknown" });
    }
  };
  return listener;
}
