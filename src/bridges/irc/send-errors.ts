import type { IrcMessage } from "irc-framework";
import type { BridgeErrorData } from "../contract/index.ts";
import { BridgeError } from "../kit/index.ts";
import { plainName } from "./formatting.ts";

type Code = BridgeErrorData["code"];

/** Error numerics that say that a command was not carried out (modern.ircdocs.horse/numerics), in words; `%` is the target. */
const REFUSALS: Record<string, [Code, string]> = {
  "401": ["not-found", "There is nobody called % on the network."],
  "402": ["not-found", "There is no such server as %."],
  "403": ["not-found", "There is no channel called %."],
  "404": ["forbidden", "% does not take this message"],
  "405": ["forbidden", "You are in too many channels to join %."],
  "407": ["rate", "Too many targets at once: %."],
  "408": ["forbidden", "% does not take this message"],
  "411": ["internal", "The server saw no recipient."],
  "412": ["unsupported", "The server saw no text."],
  "413": ["forbidden", "% is too wide a target."],
  "414": ["forbidden", "% is too wide a target."],
  "415": ["forbidden", "% is too wide a target."],
  "416": ["rate", "The server finds this too much at once."],
  "417": ["too-large", "The line is too long for this server."],
  "421": ["unsupported", "The server does not know this command."],
  "437": ["forbidden", "% is not available at the moment."],
  "439": ["rate", "You are writing to new people too quickly."],
  "442": ["forbidden", "You are not in %."],
  "451": ["offline", "The server has not let us in yet."],
  "461": ["internal", "The server misses a part of the command."],
  "470": ["forbidden", "% sends you to another channel"],
  "471": ["forbidden", "% is full."],
  "473": ["forbidden", "% is open to the invited only."],
  "474": ["forbidden", "You are banned from %."],
  "475": ["forbidden", "% needs its key: give it behind the name."],
  "476": ["unsupported", "% is not a name that a channel can have."],
  "477": ["forbidden", "% is open to registered nicks only."],
  "479": ["unsupported", "% is not a name that a channel can have."],
  "480": ["forbidden", "% cannot be joined at the moment."],
  "482": ["forbidden", "Only operators of % may do this."],
  "484": ["forbidden", "Your connection is restricted."],
  "485": ["forbidden", "% cannot be joined."],
  "486": ["forbidden", "% takes messages from registered nicks only."],
  "489": ["forbidden", "% is open to encrypted connections only."],
  "492": ["forbidden", "% does not take this kind of message."],
  "494": ["forbidden", "You do not take messages from %, so none can be sent there."],
  "495": ["rate", "% cannot be joined again so soon."],
  "500": ["rate", "% is being joined by too many at once."],
  "520": ["forbidden", "% is open to operators of the network only."],
  "531": ["forbidden", "% does not take private messages from you."],
  "716": ["forbidden", "% takes messages only from people it has accepted."],
  "707": ["rate", "You are writing to new people too quickly."],
  "723": ["forbidden", "Your rights on the network do not allow this."],
};

/** Numerics that name a command or nothing instead of a target. */
const WITHOUT_TARGET = new Set(["411", "412", "417", "421", "451", "461", "484", "723"]);

export interface Refusal {
  /** What the server names; undefined where its answer names nothing. */
  target: string | undefined;
  error: BridgeError;
}

/** Undefined for what is no refusal. `target`: of the command, for the words. */
export function refusalOf(message: IrcMessage, target: string): Refusal | undefined {
  if (message.command === "FAIL") return failed(message);
  const known = Object.hasOwn(REFUSALS, message.command) ? REFUSALS[message.command] : undefined;
  const [code, words]: [Code, string] = known ?? ["forbidden", "The server refused"];
  if (!known && !/^[45]\d\d$/.test(message.command)) return undefined;
  const named = WITHOUT_TARGET.has(message.command) || message.params.length < 3 ? undefined : message.params[1];
  return { target: named, error: refused(code, sentence(words, named ?? target, message)) };
}

/** IRCv3 standard replies: `FAIL <command> <code> [context…] :description`. */
function failed(message: IrcMessage): Refusal {
  return { target: undefined, error: refused("forbidden", `The server refused: ${plainName(message.params.at(-1) ?? "")}`) };
}

/** The server's own words are added where ours do not say why. */
function sentence(words: string, target: string, message: IrcMessage): string {
  const ours = words.replace("%", plainName(target));
  return ours.endsWith(".") ? ours : `${ours}: ${plainName(message.params.at(-1) ?? "")}`;
}

function refused(code: Code, message: string): BridgeError {
  return new BridgeError({ code, sent: "no", message, action: "none" });
}
