/**
 * OrbitDB's replication, as a peer of `catch-up`: `node orbitdb.mjs FOLDER serve COUNT` adds so many texts of 300 bytes to an event
 * log and prints `{"port", "key"}`; `node orbitdb.mjs FOLDER fetch COUNT PORT KEY` takes them all, to the disk, and prints `{"ms"}`.
 * Both end with their input.
 */
import { join } from "node:path";
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { gossipsub } from "@libp2p/gossipsub";
import { identify } from "@libp2p/identify";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createOrbitDB } from "@orbitdb/core";
import { LevelBlockstore } from "blockstore-level";
import { createHelia } from "helia";
import { createLibp2p } from "libp2p";

const [folder, role, count, port, key] = process.argv.slice(2);
const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const text = (n) => `${n} `.padEnd(300, "the harbour lies quiet ");

process.stdin.resume().once("end", () => process.exit(0));
const libp2p = await createLibp2p({
  addresses: { listen: role === "serve" ? ["/ip4/127.0.0.1/tcp/0"] : [] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: { identify: identify(), pubsub: gossipsub({ allowPublishToZeroTopicPeers: true }) },
});
const ipfs = await createHelia({ libp2p, blockstore: new LevelBlockstore(join(folder, "blocks")), blockBrokers: undefined });
const orbitdb = await createOrbitDB({ ipfs, directory: join(folder, "orbitdb") });
if (role === "serve") {
  const database = await orbitdb.open("lines", { type: "events" });
  for (let n = 0; n < Number(count); n++) await database.add(text(n));
  const [address] = libp2p.getMultiaddrs();
  print({ port: address.toString().split("/")[4], key: `${libp2p.peerId.toString()}|${database.address}` });
} else {
  const [peer, address] = key.split("|");
  const begun = performance.now();
  await libp2p.dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}/p2p/${peer}`));
  const database = await orbitdb.open(address);
  const held = async () => (await database.all()).length;
  while ((await held()) < Number(count)) await new Promise((resolve) => setTimeout(resolve, 200));
  print({ ms: performance.now() - begun, length: await held() });
}
