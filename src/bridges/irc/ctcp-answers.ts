import type { IrcMessage } from "irc-framework";
import { TokenBucket } from "../kit/index.ts";
import { readCtcp } from "./ctcp.ts";

/** So that nobody can make us flood: a few at once, then one in twenty seconds; the others get no answer. */
const RATE = { burst: 3, perSecond: 1 / 20 };
const MAX_PING = 100;

/** What we tell programs that ask (modern.ircdocs.horse/ctcp): that we are there and what we are, and nothing of the machine or its person. */
export class CtcpAnswers {
  readonly #bucket: TokenBucket;
  readonly #now: () => number;

  /** `now`: milliseconds of a steady clock. */
  constructor(now: () => number) {
    this.#now = now;
    this.#bucket = new TokenBucket(RATE, now());
  }

  /** The line that answers; undefined for what gets no answer. `own`: our nick. */
  answer({ command, nick, params }: IrcMessage, isOwn: (name: string) => boolean): string | undefined {
    const [target = "", text = ""] = params;
    if (command !== "PRIVMSG" || !isOwn(target) || isOwn(nick) || nick === "" || /[\s:,]/.test(nick)) return undefined;
    const ctcp = readCtcp(text);
    const reply = ctcp.kind === "request" ? replyTo(ctcp.command, ctcp.rest) : undefined;
    if (reply === undefined || !this.#bucket.take(this.#now())) return undefined;
    return `NOTICE ${nick} :\x01${reply}\x01`;
  }
}

function replyTo(command: string, rest: string): string | undefined {
  switch (command) {
    case "PING":
      return /^[\x20-\x7e]{0,100}$/.test(rest) ? `PING ${rest.slice(0, MAX_PING)}` : undefined;
    case "VERSION":
      return "VERSION Homeport";
    case "CLIENTINFO":
      return "CLIENTINFO ACTION CLIENTINFO PING VERSION";
    default:
      return undefined;
  }
}
