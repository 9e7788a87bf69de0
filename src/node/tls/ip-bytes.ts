/** The 4 or 16 bytes of an IP address in its usual text. */
export function ipBytes(ip: string): Uint8Array {
  if (!ip.includes(":")) return Uint8Array.from(ip.split(".").map(Number));
  const [head = "", tail] = new URL(`http://[${ip}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string | undefined): number[] => (text ? text.split(":").map((group) => Number.parseInt(group, 16)) : []);
  const [before, after] = [groups(head), groups(tail)];
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

/** A netmask of as many bytes as `ip` has. */
export function maskBytes(ip: string, bits: number): Uint8Array {
  return Uint8Array.from(ipBytes(ip), (_, index) => (0xff00 >> Math.min(8, Math.max(0, bits - 8 * index))) & 0xff);
}
