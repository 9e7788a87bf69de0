import type { SecurityLabel, Trust } from "./facts.ts";
import { markOf, type Mark, trustMarkOf } from "./marks.ts";
import { shortWords, trustWords } from "./words.ts";

/** ASCII, so that every terminal and every file shows them: an exclamation, an eye, a house, a pair of devices. */
const SIGNS: Partial<Record<Mark["shape"], string>> = { "open-lock-slash": "!!", eye: "<o>", "house-lock": "[^]", "devices-lock": "[=]" };
const COLOURS: Record<Mark["colour"], string> = { red: "31", amber: "33", blue: "34", green: "32", neutral: "0" };

export interface TerminalOptions {
  trust?: Trust | undefined;
  /** ANSI colours; the words say the same without. */
  colour?: boolean | undefined;
}

/** Mark and words of one message or conversation, e.g. `<o> The server can read this`. */
export function terminalLabel(label: SecurityLabel, { trust, colour = false }: TerminalOptions = {}): string {
  const mark = markOf(label, trust);
  return painted(`${SIGNS[mark.shape] ?? "!!"} ${shortWords(label, trust)}`, mark, colour);
}

/** The second mark in words, e.g. `(Key has changed)`. */
export function terminalTrust(trust: Trust, { colour = false }: Pick<TerminalOptions, "colour"> = {}): string {
  return painted(`(${trustWords(trust).short})`, trustMarkOf(trust), colour);
}

function painted(text: string, mark: Mark, colour: boolean): string {
  return colour ? `\u001b[${COLOURS[mark.colour]}m${text}\u001b[0m` : text;
}
