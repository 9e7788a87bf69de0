import type { IrcMessage } from "irc-framework";

/** Capabilities that we ask for where a server has them (IRCv3). */
export const WANTED: readonly string[] = [
  "account-tag",
  "away-notify",
  "batch",
  "cap-notify",
  "chghost",
  "echo-message",
  "extended-join",
  "invite-notify",
  "labeled-response",
  "message-tags",
  "multi-prefix",
  "server-time",
  "setname",
  "userhost-in-names",
  "znc.in/self-message",
  "znc.in/server-time-iso",
];

/**
 * What is left of the offer in a CAP line: irc-framework asks for all that it likes in one request, of which one refusal
 * (NAK) loses everything, and answers a later offer of nothing that it likes with an empty request. Undefined for a line
 * that should not reach it.
 */
export function narrowedOffer(message: IrcMessage, wanted: readonly string[], enabled: readonly string[]): string | undefined {
  const offer = message.params.at(-1) ?? "";
  const subcommand = message.params[1]?.toUpperCase();
  if (subcommand !== "LS" && subcommand !== "NEW") return offer;
  const known = subcommand === "NEW" ? enabled : [];
  const names = offer.split(" ").slice(0, 200);
  const kept = names.filter((name) => wanted.includes(nameOf(name)) && !known.includes(nameOf(name)));
  return subcommand === "NEW" && kept.length === 0 ? undefined : kept.join(" ");
}

/** `sasl=PLAIN,EXTERNAL` is an offer of `sasl`. */
function nameOf(offer: string): string {
  return offer.split("=", 1)[0] ?? "";
}
