import type { Conversations } from "./conversations.ts";

/** Whether a text names the nick as a word of its own: `alice: hello`, not `malice`. */
export function mentions(text: string, nick: string, conversations: Pick<Conversations, "fold">): boolean {
  const words = conversations.fold(text);
  const name = conversations.fold(nick);
  for (let at = words.indexOf(name); at !== -1 && name !== ""; at = words.indexOf(name, at + 1)) {
    if (!isNickCharacter(words[at - 1]) && !isNickCharacter(words[at + name.length])) return true;
  }
  return false;
}

function isNickCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_[\]\\`^{|}-]/u.test(character);
}
