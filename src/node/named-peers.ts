import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

const NAMED = /^\/dns([46]?)\/([^/]+)(\/tcp\/.*)$/;
const PATIENCE_MS = 5_000;
const MOST = 8;

/**
 * Replaces names by their addresses of this moment, in multiaddrs that the person gave (`peers`) and in no others: what other devices
 * or the local network say must not make this machine look names up. A name that is not found is left out.
 */
export function namedPeers(peers: readonly string[]): (addresses: readonly string[]) => Promise<string[]> {
  const given = new Set(peers);
  return async (addresses) => {
    const found = await Promise.all(
      addresses.map(async (address) => {
        const [, family = "", name = "", rest = ""] = NAMED.exec(address) ?? [];
        if (name === "") return [address];
        return given.has(address) ? addressesOf(name, Number(family || 0), rest) : [];
      }),
    );
    return found.flat();
  };
}

async function addressesOf(name: string, family: number, rest: string): Promise<string[]> {
  const late = Promise.withResolvers<[]>();
  const timer = setTimeout(() => late.resolve([]), PATIENCE_MS);
  try {
    const found = await Promise.race([lookup(name, { all: true, family }), late.promise]);
    return found.slice(0, MOST).map(({ address }) => `/ip${isIP(address)}/${address}${rest}`);
  } catch {
    // Not found now: the next attempt looks again.
    return [];
  } finally {
    clearTimeout(timer);
  }
}
