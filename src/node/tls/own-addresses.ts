import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { isLoopback } from "./private-ranges.ts";

/** Addresses of this machine that others of its networks reach, IPv4 first. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list = []) => list.map(({ address }) => address.replace(/%.*$/, "")));
  // Link-local ones need the name of an interface, which certificates and links do not have.
  const others = all.filter((ip) => !isLoopback(ip) && !ip.toLowerCase().startsWith("fe80:"));
  return [...others.filter((ip) => isIP(ip) === 4), ...others.filter((ip) => isIP(ip) === 6)];
}
