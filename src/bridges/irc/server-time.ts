import type { IrcMessage } from "irc-framework";

/** Far beyond any clock: 1 January 2100. */
const LATEST = Date.UTC(2100, 0, 1);

/** Milliseconds since 1970 of the `time` tag (IRCv3 server-time); undefined where it is missing or makes no sense. */
export function serverTime(message: IrcMessage): number | undefined {
  const text = message.tags["time"];
  if (text === undefined || text.length > 40) return undefined;
  const time = Date.parse(text);
  return Number.isInteger(time) && time > 0 && time < LATEST ? time : undefined;
}
