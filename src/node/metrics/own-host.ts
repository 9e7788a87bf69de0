import { isIP } from "node:net";

export interface Listening {
  /** As it was given: an address, or a name of this machine. */
  host: string;
  port: number;
}

const ANY = new Set(["0.0.0.0", "::"]);

/**
 * Whether a Host header names this server: a page whose name was pointed at this machine (DNS rebinding) carries its own name. An
 * address in it is one that the caller typed, so where all addresses are listened on, any is taken. `names` are names of the
 * machine that count beside `localhost`.
 */
export function isOwnHost(header: string | undefined, { host, port }: Listening, names: readonly string[]): boolean {
  const parsed = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(header ?? "");
  if (!parsed || Number(parsed[2] ?? 80) !== port) return false;
  const asked = (parsed[1] as string).replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (asked === "localhost" || asked === host.toLowerCase()) return true;
  if (isIP(asked) !== 0) return ANY.has(host);
  return names.some((name) => name.toLowerCase() === asked);
}
