import type { IrcMessage } from "irc-framework";
import { type Run, usage, word } from "./command-kit.ts";
import { plainText } from "./formatting.ts";

/** Of each numeric (modern.ircdocs.horse, WHOIS; 671, 335 and 338 by servers' custom): what it says, and from which parameter on. */
const FACTS: Record<string, [string, number]> = {
  "311": ["name", 2],
  "314": ["name", 2],
  "312": ["server", 2],
  "313": ["role", 2],
  "317": ["idle", 2],
  "319": ["channels", 2],
  "301": ["away", 2],
  "307": ["account", 2],
  "330": ["account", 2],
  "335": ["bot", 2],
  "338": ["address", 2],
  "378": ["address", 2],
  "379": ["modes", 2],
  "276": ["certificate", 2],
  "671": ["encrypted", 2],
  "320": ["about", 2],
};
const ANSWERS = new Set([...Object.keys(FACTS), "318", "369"]);
const MAX_ROWS = 60;

export const whois: Run = async ({ words, place, conv }, { scene, ask }) => {
  const direct = conv !== undefined && scene.conversations.isPrivate(conv) ? place : undefined;
  const nick = word(words[0] ?? direct, "whom you want to know about, e.g. /whois alice");
  const rows: { fact: string; value: string }[] = [];
  const about = (name: string) => scene.conversations.same(name, nick);
  const take = (message: IrcMessage) => {
    const row = factOf(message);
    if (row && rows.length < MAX_ROWS) rows.push(row);
  };
  // Named twice, the person's own server is asked: only it knows how long they have been idle.
  await ask({ line: `WHOIS ${nick} ${nick}`, answers: ANSWERS, about, take });
  if (rows.length === 0) throw usage(`The server says nothing of ${nick}.`);
  return { text: rows.map(({ fact, value }) => `${fact}: ${value}`).join("\n"), rows };
};

function factOf({ command, params }: IrcMessage): { fact: string; value: string } | undefined {
  const known = FACTS[command];
  if (!known) return undefined;
  const [fact, from] = known;
  return { fact, value: plainText(valueOf(command, params.slice(from))) };
}

function valueOf(command: string, rest: readonly string[]): string {
  const [first = "", second = ""] = rest;
  switch (command) {
    case "311":
    case "314":
      return `${first}@${second}, ${rest.at(-1) ?? ""}`;
    case "312":
      return `${first} (${second})`;
    case "317":
      return `${duration(Number(first))}${/^\d{9,10}$/.test(second) ? `, connected since ${new Date(Number(second) * 1000).toISOString()}` : ""}`;
    case "330":
      return first;
    default:
      return rest.join(" ");
  }
}

/** Seconds, in words. */
function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "unknown";
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [Math.floor(seconds) % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return first === -1
    ? "0 s"
    : parts
        .slice(first, first + 2)
        .map(([count, unit]) => `${count} ${unit}`)
        .join(" ");
}
