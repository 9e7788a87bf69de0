import { plainText } from "./formatting.ts";
import type { HeardMessage } from "./read-message.ts";
import type { Style } from "./self.ts";

/** What was said where, as far as an echo without a label is known by it. */
export interface Said {
  conv: string;
  style: Style;
  text: string;
}

/** Shorter texts are too easily the beginning of another. */
const MIN_CUT = 100;

/** Whether an echo is of this line: the same text, or what a server makes of it that takes colours away or cuts at its limit. */
export function isEchoOf(heard: HeardMessage, said: Said): boolean {
  if (heard.conv !== said.conv || heard.style !== said.style) return false;
  if (heard.text === said.text || heard.text === plainText(said.text)) return true;
  return heard.text.length >= MIN_CUT && said.text.startsWith(heard.text);
}
