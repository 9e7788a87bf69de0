import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import type { Connection, Libp2p, Stream } from "@libp2p/interface";
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { webSockets } from "@libp2p/websockets";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";

/** libp2p as it comes, without any of our bounds: a stranger, or a known peer that turned bad. */
export function rawPeer(): Promise<Libp2p> {
  return createLibp2p({
    transports: [tcp(), webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
  });
}

export async function rawStream(peer: Libp2p, address: string, protocol: string): Promise<{ connection: Connection; stream: Stream }> {
  const connection = await peer.dial(multiaddr(address), { force: true });
  return { connection, stream: await connection.newStream(protocol) };
}

/** Resolves when `stream` is closed for whatever reason. */
export function streamClosed(stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.status !== "open") resolve();
    else stream.addEventListener("close", () => resolve(), { once: true });
  });
}

/** A TCP connection that says nothing. */
export async function silentSocket(port: number, from = "127.0.0.1"): Promise<Socket> {
  const socket = connectTcp({ port, host: "127.0.0.1", localAddress: from });
  socket.on("error", () => undefined);
  socket.resume();
  await Promise.race([once(socket, "connect"), once(socket, "close")]);
  return socket;
}
