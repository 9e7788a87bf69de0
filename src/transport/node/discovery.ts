import type { PeerInfo, Startable } from "@libp2p/interface";
import { mdns } from "@libp2p/mdns";
import { toHex } from "../../sync/encoding/bytes.ts";
import { reachable } from "../addresses.ts";
import { keyOf } from "../keys.ts";
import type { Inside } from "../libp2p-host.ts";

const SERVICE = "_homeport._udp.local";
/** Milliseconds between two questions to the local network, and between two reports of the same peer. */
const INTERVAL = 20_000;
const MAX_ADDRESSES = 16;
/** Peers that are reported in one interval; whoever floods the local network with names gets no further. */
const MAX_PEERS = 128;

export type Found = (peer: Uint8Array, addresses: string[]) => void;

/**
 * Multicast DNS (RFC 6762) on the local network: says the PeerId and the private addresses, and reports those of
 * others. It runs beside libp2p, which would keep, and could dial, whatever anybody announces.
 */
export function createDiscovery(inside: Inside, found: Found): Startable {
  const finder = mdns({ serviceTag: SERVICE, interval: INTERVAL })(inside);
  const report = discoveryReport(found, () => performance.now());
  finder.addEventListener("peer", ({ detail }) => report(detail));
  return finder as typeof finder & Startable;
}

/** Passes on what is new, and again after an interval. `now` in milliseconds. */
export function discoveryReport(found: Found, now: () => number): (info: Pick<PeerInfo, "id" | "multiaddrs">) => void {
  const reported = new Map<string, string>();
  let since = now();
  return ({ id, multiaddrs }) => {
    if (now() - since >= INTERVAL) {
      reported.clear();
      since = now();
    }
    const key = keyOf(id);
    const addresses = reachable(multiaddrs.slice(0, MAX_ADDRESSES).map((address) => address.toString()));
    if (key === undefined || addresses.length === 0) return;
    const name = toHex(key);
    if (reported.get(name) === addresses.join() || (!reported.has(name) && reported.size >= MAX_PEERS)) return;
    reported.set(name, addresses.join());
    found(key, addresses);
  };
}
