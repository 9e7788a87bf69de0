const DELIMITER = "\x01";

/** The client-to-client protocol (modern.ircdocs.horse/ctcp): a message, or a request in one. */
export type Ctcp = { kind: "plain"; text: string } | { kind: "action"; text: string } | { kind: "request"; command: string; rest: string };

/** Reads the text of a PRIVMSG or NOTICE. The closing delimiter may be missing: servers cut long lines. */
export function readCtcp(text: string): Ctcp {
  if (!text.startsWith(DELIMITER)) return { kind: "plain", text };
  const inside = text.slice(1, text.endsWith(DELIMITER) && text.length > 1 ? -1 : undefined);
  const space = inside.indexOf(" ");
  const command = (space === -1 ? inside : inside.slice(0, space)).toUpperCase();
  const rest = space === -1 ? "" : inside.slice(space + 1);
  return command === "ACTION" ? { kind: "action", text: rest } : { kind: "request", command, rest };
}

export const ACTION_OVERHEAD_BYTES = "\x01ACTION \x01".length;

export function action(text: string): string {
  return `${DELIMITER}ACTION ${text}${DELIMITER}`;
}

/** What DCC offers, in words: `DCC SEND name address port size`, the name in quotes where it holds spaces. */
export function dccOffer(rest: string): string {
  const [, type = "", quoted, bare] = /^(\S+)\s+(?:"([^"]*)"|(\S+))/.exec(rest) ?? [];
  return type.toUpperCase() === "SEND" ? `a file (${quoted ?? bare ?? "without a name"})` : "a direct connection";
}
