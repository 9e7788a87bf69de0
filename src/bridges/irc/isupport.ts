import { type CaseMapping, caseMappingOf } from "./case-mapping.ts";

/** What a server says of itself (RPL_ISUPPORT, 005), as far as it is used here. */
export interface Support {
  caseMapping: CaseMapping;
  /** Characters that a channel's name begins with. */
  channelTypes: string;
  /** Symbols before a nick in lists, best first, and the mode letter of each. */
  prefixes: { symbol: string; mode: string }[];
  /** Letters of channel modes that always take a parameter (lists A and B), and that take one when set (C). */
  modesWithParameter: { always: string; whenSet: string };
  /** Symbols that may stand before a channel's name as target: message to operators only. */
  statusTargets: string;
  nickLength: number;
  userLength: number;
  hostLength: number;
  /** Channels that one JOIN may name. */
  joinTargets: number;
  network: string | undefined;
  /** Most messages of history in one answer; 0 for no limit of its own. */
  historyLimit: number;
  /** Tags of clients that the server does not pass on (CLIENTTAGDENY), without `+`: names, `*` for all, `-name` for all but it. */
  deniedTags: string[];
}

export const DEFAULT_SUPPORT: Support = {
  caseMapping: "rfc1459",
  channelTypes: "#&",
  prefixes: [
    { symbol: "@", mode: "o" },
    { symbol: "+", mode: "v" },
  ],
  modesWithParameter: { always: "bkeI", whenSet: "l" },
  statusTargets: "",
  nickLength: 30,
  userLength: 12,
  hostLength: 63,
  joinTargets: 10,
  network: undefined,
  historyLimit: 100,
  deniedTags: [],
};

type Reader = (value: string, now: Support) => Partial<Support>;

const READERS: Record<string, Reader> = {
  CASEMAPPING: (value) => ({ caseMapping: caseMappingOf(value) }),
  CHANTYPES: (value) => ({ channelTypes: value.slice(0, 16) }),
  PREFIX: (value) => ({ prefixes: prefixesOf(value) }),
  CHANMODES: (value, now) => ({ modesWithParameter: modesOf(value, now) }),
  STATUSMSG: (value) => ({ statusTargets: value.slice(0, 16) }),
  NICKLEN: (value, now) => ({ nickLength: count(value, now.nickLength) }),
  USERLEN: (value, now) => ({ userLength: count(value, now.userLength) }),
  HOSTLEN: (value, now) => ({ hostLength: count(value, now.hostLength) }),
  TARGMAX: (value, now) => ({ joinTargets: joinTargetsOf(value, now) }),
  CLIENTTAGDENY: (value) => ({ deniedTags: value.split(",").slice(0, 64) }),
  CHATHISTORY: (value, now) => ({ historyLimit: /^\d{1,6}$/.test(value) ? Number(value) : now.historyLimit }),
  NETWORK: (value) => ({ network: value.slice(0, 64) }),
};

/** `now` with the tokens of one more 005 line; what cannot be read is left as it was. */
export function withSupport(now: Support, tokens: readonly string[]): Support {
  return tokens.reduce((support, token) => ({ ...support, ...read(token, support) }), now);
}

function read(token: string, now: Support): Partial<Support> {
  const at = token.indexOf("=");
  const name = at === -1 ? token : token.slice(0, at);
  const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  return reader?.(at === -1 ? "" : token.slice(at + 1), now) ?? {};
}

/** `(ov)@+` */
function prefixesOf(value: string): Support["prefixes"] {
  const [, modes = "", symbols = ""] = /^\((\w{0,16})\)(.{0,16})$/.exec(value) ?? [];
  return Array.from(symbols).flatMap((symbol, index) => (modes[index] === undefined ? [] : [{ symbol, mode: modes[index] }]));
}

function modesOf(value: string, now: Support): Support["modesWithParameter"] {
  const [lists, always, whenSet] = value.split(",");
  if (lists === undefined || always === undefined || whenSet === undefined) return now.modesWithParameter;
  return { always: (lists + always).slice(0, 64), whenSet: whenSet.slice(0, 64) };
}

function joinTargetsOf(value: string, now: Support): number {
  const limit = value
    .split(",")
    .find((entry) => entry.startsWith("JOIN:"))
    ?.slice("JOIN:".length);
  return limit === undefined ? now.joinTargets : count(limit === "" ? "10" : limit, now.joinTargets);
}

function count(value: string, otherwise: number): number {
  const number = Number(value);
  return Number.isInteger(number) && number > 0 && number <= 1000 ? number : otherwise;
}

export function isChannel(target: string, support: Support): boolean {
  return target.length > 1 && support.channelTypes.includes(target[0] ?? " ");
}

/** The channel of a target such as `@#channel`, which reaches only those of a rank; any other target as it is. */
export function withoutStatus(target: string, support: Support): string {
  if (isChannel(target, support)) return target;
  const ranked = support.statusTargets.includes(target[0] ?? " ") && isChannel(target.slice(1), support);
  return ranked ? target.slice(1) : target;
}

/** Whether the server passes on a tag of clients. */
export function passesTag(name: string, { deniedTags }: Support): boolean {
  return deniedTags.includes("*") ? deniedTags.includes(`-${name}`) : !deniedTags.includes(name);
}
