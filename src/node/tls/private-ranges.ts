import { BlockList, isIP } from "node:net";

/** Addresses that nobody on the internet has: RFC 1918, 3927, 6598, 4193, 4291 and loopback. */
export const PRIVATE_RANGES: readonly (readonly [network: string, bits: number])[] = [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["fc00::", 7],
  ["fe80::", 10],
  ["::1", 128],
];

const privateList = new BlockList();
for (const [network, bits] of PRIVATE_RANGES) privateList.addSubnet(network, bits, familyOf(network));

export function isPrivate(ip: string): boolean {
  return isIP(ip) !== 0 && privateList.check(ip, familyOf(ip));
}

export function isLoopback(ip: string | undefined): boolean {
  return ip !== undefined && /^(127\.|::1$|::ffff:127\.)/.test(ip);
}

function familyOf(ip: string): "ipv4" | "ipv6" {
  return ip.includes(":") ? "ipv6" : "ipv4";
}
