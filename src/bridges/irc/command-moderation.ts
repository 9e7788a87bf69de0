import type { IrcMessage } from "irc-framework";
import { type CommandContext, type Given, type Run, silent, usage, word } from "./command-kit.ts";
import { plainText } from "./formatting.ts";

const MAX_BANS = 500;

export const invite: Run = async ({ words, place, conv }, { scene, ask }) => {
  const nick = word(words[0], "whom to invite, e.g. /invite bob");
  const channel = word(
    words[1] ?? (conv !== undefined && scene.conversations.isChannel(conv) ? place : undefined),
    "where to, e.g. /invite bob #channel",
  );
  await ask({ ...silent(`INVITE ${nick} ${channel}`, nick, channel), answers: new Set(["341"]) });
  return { text: `${nick} is invited to ${channel}.` };
};

export const kick: Run = async ({ words, place }, { ask }) => {
  const nick = word(words[0], "whom to put out, e.g. /kick bob");
  const reason = words.slice(1).join(" ");
  await ask(silent(`KICK ${place} ${nick}${reason === "" ? "" : ` :${reason}`}`, nick, place));
  return { text: `${nick} was put out of ${place}.` };
};

export const ban: Run = async ({ words, place }, context) => {
  const mask = await maskOf(word(words[0], "whom to ban, e.g. /ban bob or /ban *!*@host"), context);
  await context.ask(silent(`MODE ${place} +b ${mask}`, place));
  return { text: `${mask} is banned from ${place}.` };
};

export const unban: Run = async ({ words, place }, context) => {
  const mask = await maskOf(word(words[0], "which ban to lift; /bans lists them"), context);
  await context.ask(silent(`MODE ${place} -b ${mask}`, place));
  return { text: `${mask} is not banned from ${place} any more.` };
};

export const bans: Run = async ({ place }, { ask }) => {
  const rows: { mask: string; by: string; since: string }[] = [];
  const take = ({ command, params }: IrcMessage) => {
    const [, , mask = "", by = "", at = ""] = params;
    if (command !== "367" || rows.length >= MAX_BANS) return;
    rows.push({ mask: plainText(mask), by: plainText(by), since: /^\d{9,10}$/.test(at) ? new Date(Number(at) * 1000).toISOString() : "" });
  };
  await ask({ ...silent(`MODE ${place} b`, place), answers: new Set(["367", "368"]), take });
  const lines = rows.map(({ mask, by }) => `${mask}${by === "" ? "" : `, by ${by}`}`);
  return { text: lines.join("\n") || `Nobody is banned from ${place}.`, rows };
};

/** One mode for several people, e.g. `+o`. */
export function rank(change: "+o" | "-o" | "+v" | "-v", name: string): Run {
  return async (given, { ask, scene }) => {
    const nicks = given.words.length > 0 ? given.words : mine(given, scene.self.nick, change);
    for (const nick of nicks) word(nick, "who");
    const letters = change.slice(1).repeat(nicks.length);
    await ask(silent(`MODE ${given.place} ${change.slice(0, 1)}${letters} ${nicks.join(" ")}`, given.place, ...nicks));
    return { text: `${nicks.join(", ")}: ${name} ${change.startsWith("+") ? "given" : "taken away"}.` };
  };
}

/** Without a name, a right is given up, never asked for. */
function mine(_given: Given, nick: string, change: string): string[] {
  if (change.startsWith("+")) throw usage("Say who, e.g. /op bob.");
  return [nick];
}

/** `bob` as the mask of all who come from where bob is; what is a mask already stays as it is. */
async function maskOf(text: string, { ask, scene }: CommandContext): Promise<string> {
  if (/[!@*?:~$]/.test(text)) return text;
  let host: string | undefined;
  const take = ({ command, params }: IrcMessage) => {
    const reply = (params.at(-1) ?? "").trim();
    if (command === "302") host = /^[^=]+=[+-][^@\s]*@(\S+)$/.exec(reply)?.[1];
  };
  const about = (name: string) => scene.conversations.same(name, text);
  await ask({ line: `USERHOST ${text}`, answers: new Set(["302"]), about, take });
  return host === undefined ? `${text}!*@*` : `*!*@${host}`;
}
