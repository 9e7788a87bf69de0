import type { PeerInfo, Startable } from "@libp2p/interface";
import { mdns } from "@libp2p/mdns";
import { parseAddress } from "../addresses.ts";
import { keyOf } from "../keys.ts";
import type { Inside } from "../libp2p-host.ts";

const SERVICE = "_homeport._udp.local";
/** Milliseconds between two questions to the local network. */
const INTERVAL = 20_000;
const MAX_ADDRESSES = 16;

/**
 * Multicast DNS (RFC 6762) on the local network: says the PeerId and the private addresses, and reports those of
 * others. It runs beside libp2p, which would keep and could dial whatever anybody announces.
 */
export function createDiscovery(inside: Inside, found: (peer: Uint8Array, addresses: string[]) => void): Startable {
  const finder = mdns({ serviceTag: SERVICE, interval: INTERVAL })(inside);
  finder.addEventListener("peer", ({ detail }) => report(detail, found));
  return finder as typeof finder & Startable;
}

function report({ id, multiaddrs }: PeerInfo, found: (peer: Uint8Array, addresses: string[]) => void): void {
  const key = keyOf(id);
  const addresses = multiaddrs.slice(0, MAX_ADDRESSES).map((address) => parseAddress(address.toString())?.text);
  if (key !== undefined) found(key, [...new Set(addresses.filter((address) => address !== undefined))]);
}
