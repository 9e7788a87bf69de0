import { cleanText } from "../kit/index.ts";

/** Colour and style codes of IRC clients (modern.ircdocs.horse/formatting): bold, italic, underline, strike, monospace, reverse, reset, colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const CODES = /[\x02\x1d\x1f\x1e\x11\x16\x0f]|\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-f]{6}(?:,[0-9a-f]{6})?)?/gi;

/** Other control characters: a terminal would obey them. Tab stays. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const CONTROLS = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/g;

/** Text for people, without formatting codes and control characters. Tried on nothing longer than a line. */
export function plainText(text: string): string {
  return text.replaceAll(CODES, "").replaceAll(CONTROLS, "\uFFFD");
}

/** A nick, a channel's name or a server's reason, so that it cannot disturb the words around it. At most `limit` characters. */
export function plainName(name: string, limit = 200): string {
  return cleanText(plainText(name), limit);
}
