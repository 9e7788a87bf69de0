import type { IrcMessage } from "irc-framework";
import { type Run, silent, usage, word } from "./command-kit.ts";
import { plainText } from "./formatting.ts";
import { checkOutgoing, isHarmless } from "./outgoing-line.ts";

const MAX_RAW = 200;
/** Modes of the channel, or of ourselves: shown without a change, else changed. */
export const mode: Run = async ({ words, place, conv }, { ask, scene }) => {
  const named = words[0] !== undefined && !/^[+-]/.test(words[0]);
  const inChannel = conv !== undefined && scene.conversations.isChannel(conv);
  const target = word(named ? words[0] : inChannel ? place : scene.self.nick, "whose modes");
  const changes = named ? words.slice(1) : words;
  const shown: string[] = [];
  const take = ({ command, params }: IrcMessage) => {
    if (command === "324") shown.push(params.slice(2).join(" "));
    if (command === "221") shown.push(params.slice(1).join(" "));
  };
  const line = ["MODE", target, ...changes].join(" ");
  await ask({ ...silent(line, target), answers: new Set(["324", "329", "221"]), take });
  if (changes.length > 0) return { text: `Modes of ${target}: ${changes.join(" ")}.` };
  return { text: `Modes of ${target}: ${plainText(shown.join(" ")) || "none"}.` };
};

export const topic: Run = async ({ text, place }, { ask }) => {
  const shown: string[] = [];
  const take = ({ command, params }: IrcMessage) => {
    if (command === "332") shown.push(params.at(-1) ?? "");
  };
  const question = silent(text === "" ? `TOPIC ${place}` : `TOPIC ${place} :${text}`, place);
  await ask({ ...question, answers: new Set(["331", "332", "333"]), take });
  return { text: text === "" ? plainText(shown[0] ?? "") || `${place} has no topic.` : "The topic is changed." };
};

/** With words away, without them back. */
export const away: Run = async ({ text }, { ask }) => {
  await ask({ ...silent(text === "" ? "AWAY" : `AWAY :${text}`), answers: new Set(["305", "306"]) });
  return { text: text === "" ? "You are back." : "You are shown as away." };
};

export const nick: Run = async ({ words }, { ask, wantNick }) => {
  const wanted = word(words[0], "the nick that you want");
  await ask(silent(`NICK ${wanted}`, wanted));
  wantNick(wanted);
  return { text: `You are ${wanted} until the next start of the account; the setting nick keeps it.` };
};

/** The network's services end whoever holds our nick; the login has proven that it is ours. */
export const ghost: Run = async ({ words }, { ask, scene }) => {
  const held = word(words[0] ?? scene.config.nick, "whose connection to end");
  await ask(silent(`PRIVMSG NickServ :GHOST ${held}`, "NickServ"));
  return { text: `NickServ was asked to end the connection of ${held}; what it answers is in the conversation with it.` };
};

/** A line as it stands, for what has no command of its own. */
export const raw: Run = async ({ text }, { ask }) => {
  if (!isHarmless(text)) throw usage("Give a line of IRC that leaves the connection alone, e.g. /raw TIME.");
  checkOutgoing(text);
  const shown: string[] = [];
  const take = ({ command, params }: IrcMessage) => {
    if (shown.length < MAX_RAW) shown.push(plainText([command, ...params.slice(1)].join(" ")));
  };
  await ask({ line: text, answers: { has: (command) => /^\d{3}$/.test(command) }, take });
  return { text: shown.join("\n") || "The server has nothing to say about it." };
};
