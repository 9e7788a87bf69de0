import type { Support } from "./isupport.ts";

const ROLES: Record<string, string> = { q: "owner", a: "admin", o: "operator", h: "half-operator", v: "voice" };

/** The best of a person's ranks in words; undefined for none. */
export function roleOf(modes: string, support: Support): string | undefined {
  const best = support.prefixes.find(({ mode }) => modes.includes(mode));
  return best && (ROLES[best.mode] ?? `mode ${best.mode}`);
}

/** An entry of RPL_NAMREPLY: `@+nick!user@host`, the latter two with userhost-in-names. */
export function readListed(entry: string, support: Support): { nick: string; modes: string } | undefined {
  let at = 0;
  let modes = "";
  for (let prefix = symbolAt(entry, at, support); prefix; prefix = symbolAt(entry, at, support)) {
    modes += prefix.mode;
    at += prefix.symbol.length;
  }
  const nick = entry.slice(at).split("!", 1)[0] ?? "";
  return nick === "" ? undefined : { nick, modes };
}

function symbolAt(entry: string, at: number, support: Support): Support["prefixes"][number] | undefined {
  return support.prefixes.find(({ symbol }) => entry.startsWith(symbol, at));
}
