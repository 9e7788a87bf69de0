/**
 * A bare libp2p stream (TCP, Noise, yamux, nothing changed), as the peer of `file`. `receive BYTES` prints its address, then how
 * many milliseconds each transfer of so many bytes took, from its first piece, and the processor's time for it; it ends with
 * SIGTERM. `send BYTES ADDRESS` writes them in pieces of 64 KiB.
 */
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";

const [role, bytes, address] = process.argv.slice(2);
const PROTOCOL = "/raw/1";
const PIECE = new Uint8Array(64 * 1024);

const node = await createLibp2p({
  addresses: { listen: role === "receive" ? ["/ip4/127.0.0.1/tcp/0"] : [] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  connectionMonitor: { enabled: false },
});

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

function receive(stream) {
  let received = 0;
  let begun;
  let cpu;
  stream.addEventListener("message", ({ data }) => {
    begun ??= performance.now();
    cpu ??= process.cpuUsage();
    received += data.byteLength;
    if (received < Number(bytes)) return;
    const { user, system } = process.cpuUsage(cpu);
    print({ ms: performance.now() - begun, cpuMs: (user + system) / 1000 });
    void stream.close();
  });
}

async function send() {
  const stream = await node.dialProtocol(multiaddr(address), PROTOCOL);
  for (let left = Number(bytes); left > 0; left -= PIECE.length) {
    if (!stream.send(PIECE)) await new Promise((resolve) => stream.addEventListener("drain", resolve, { once: true }));
  }
  // The receiver says goodbye once it has everything; to close before that would throw away what is on its way.
  await new Promise((resolve) => stream.addEventListener("remoteCloseWrite", resolve, { once: true }));
  await node.stop();
}

if (role === "receive") {
  await node.handle(PROTOCOL, receive);
  print({ address: node.getMultiaddrs()[0].toString() });
} else {
  await send();
}
