import { createLibp2p } from "libp2p";
import { tcp } from "@libp2p/tcp";
import { noise } from "@libp2p/noise";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";

/**
 * A bare libp2p stream (TCP, Noise, yamux, nothing changed): `receive` prints its address and then, for each stream, how many
 * bytes came in how many milliseconds; `send ADDRESS BYTES` writes zeros in pieces of 64 KiB.
 */
const [role, address, bytes] = process.argv.slice(2);
const PROTOCOL = "/raw/1";
const PIECE = new Uint8Array(64 * 1024);
const node = await createLibp2p({
  addresses: { listen: role === "receive" ? ["/ip4/127.0.0.1/tcp/0"] : [] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  connectionMonitor: { enabled: false },
});
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

if (role === "receive") {
  await node.handle(PROTOCOL, (stream) => {
    let received = 0;
    let begun;
    stream.addEventListener("message", ({ data }) => {
      begun ??= performance.now();
      received += data.byteLength;
    });
    stream.addEventListener("remoteCloseWrite", () => {
      say({ bytes: received, ms: performance.now() - begun, rss: process.resourceUsage().maxRSS });
      void stream.close();
    });
  });
  say({ address: node.getMultiaddrs()[0].toString() });
} else {
  const stream = await node.dialProtocol(multiaddr(address), PROTOCOL);
  for (let left = Number(bytes); left > 0; left -= PIECE.length) {
    if (!stream.send(PIECE)) await new Promise((resolve) => stream.addEventListener("drain", resolve, { once: true }));
  }
  await stream.close();
  await node.stop();
}
