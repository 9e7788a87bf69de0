import { BlockList, isIP } from "node:net";
import { hostname, networkInterfaces } from "node:os";

/** Lower case, without the brackets of an IPv6 address, without the dot of a fully qualified name. */
export function bareHost(host: string): string {
  const lower = host.toLowerCase();
  const bare = lower.startsWith("[") && lower.endsWith("]") ? lower.slice(1, -1) : lower;
  return bare.endsWith(".") ? bare.slice(0, -1) : bare;
}

const ALWAYS_LOCAL = new BlockList();
ALWAYS_LOCAL.addSubnet("127.0.0.0", 8, "ipv4");
ALWAYS_LOCAL.addSubnet("0.0.0.0", 8, "ipv4");
ALWAYS_LOCAL.addAddress("::1", "ipv6");
ALWAYS_LOCAL.addAddress("::", "ipv6");

/** Whether an IP address is one of this machine: loopback, unspecified, or of an interface as it is now. */
export function isOwnAddress(address: string): boolean {
  const plain = withoutZone(address);
  const family = isIP(plain);
  if (family === 0) return false;
  const local = new BlockList();
  for (const one of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
    local.addAddress(withoutZone(one.address), one.family === "IPv6" ? "ipv6" : "ipv4");
  }
  const kind = family === 6 ? "ipv6" : "ipv4";
  return [ALWAYS_LOCAL, local].some((list) => list.check(plain, kind));
}

const withoutZone = (address: string): string => address.replace(/%.*$/, "");

/** Whether a name means this machine without asking anyone: for names that a proxy is going to resolve. */
export function isOwnName(name: string): boolean {
  const bare = bareHost(name);
  if (isOwnAddress(bare)) return true;
  return (
    bare === "localhost" ||
    bare.endsWith(".localhost") ||
    bare.startsWith("ip6-localhost") ||
    bare === hostname().toLowerCase() ||
    isOddAddress(bare)
  );
}

/** Forms such as `127.1`, `0x7f000001` and `2130706433` that resolvers take for an address though they do not look like one. */
const isOddAddress = (name: string): boolean => isIP(name) === 0 && /^(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+))*$/.test(name);

/** Whether an address never leaves this machine. */
export function isLoopback(address: string | undefined): boolean {
  const plain = withoutZone(address ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
  const family = isIP(plain);
  return family !== 0 && ALWAYS_LOCAL.check(plain, family === 6 ? "ipv6" : "ipv4");
}
