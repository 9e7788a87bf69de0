import { networkInterfaces } from "node:os";
import { afterAll, describe, expect, it } from "vitest";
import { sameBytes } from "../../../src/sync/encoding/bytes.ts";
import { connect, startPeer } from "./pairs.ts";

const hasNetwork = Object.values(networkInterfaces()).some((list) => list?.some(({ internal, family }) => !internal && family === "IPv4"));
const peers: Awaited<ReturnType<typeof startPeer>>[] = [];
afterAll(async () => void (await Promise.all(peers.map(({ transport }) => transport.stop()))));

describe("multicast DNS", () => {
  it.runIf(hasNetwork)(
    "two devices on one network find each other's key and addresses, and can dial them",
    { timeout: 20_000 },
    async () => {
      const a = await startPeer("tcp", { mdns: true });
      peers.push(a);
      const found = Promise.withResolvers<string[]>();
      const b = await startPeer("ws", { mdns: true });
      peers.push(b);
      a.transport.onDiscovered((peer, addresses) => {
        if (sameBytes(peer, b.transport.key)) found.resolve(addresses);
      });
      b.transport.onDiscovered(() => undefined);
      const addresses = await found.promise;
      expect(addresses).toEqual(b.transport.addresses().map((address) => address.replace(/\/p2p\/.*/, "")));
      const [near] = await connect(a.transport, b.transport);
      near.close();
    },
  );
});
