import { BlockList, isIP, isIPv6 } from "node:net";

/** Networks that no push service is in: own, local, shared, documentation, multicast (RFC 6890 and its successors). */
const NETWORKS = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  ["::", 96],
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const;

// Two lists: a rule for mapped addresses in one for both would hold for all of IPv4.
const notPublic = { 4: new BlockList(), 6: new BlockList() };
for (const [network, bits] of NETWORKS)
  if (isIPv6(network)) notPublic[6].addSubnet(network, bits, "ipv6");
  else notPublic[4].addSubnet(network, bits, "ipv4");

/** False for what is no address at all. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !notPublic[4].check(address, "ipv4");
  return family === 6 && !notPublic[6].check(address, "ipv6");
}

/**
 * The endpoint as a URL, or undefined where nothing may be sent there. It comes from a browser, and is a stranger's word: what
 * speaks to it stands in the person's own network. `anywhere`: private addresses too, for tests.
 */
export function endpointUrl(text: string, anywhere: boolean): URL | undefined {
  const url = URL.parse(text);
  if (!url || url.protocol !== "https:" || url.username !== "" || url.password !== "") return undefined;
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (anywhere) return url;
  if (isIP(host) !== 0) return isPublicAddress(host) ? url : undefined;
  // Names of this machine and of the local network; all others are judged by the address that they turn out to have.
  return host === "localhost" || host.endsWith(".localhost") || host.endsWith(".local") || !host.includes(".") ? undefined : url;
}
