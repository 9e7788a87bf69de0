import { type Support, passesTag } from "./isupport.ts";
import { isGiven } from "./keys.ts";

/** The one that clients know, and what it is to be called one day (ircv3.net/specs/client-tags/reply). */
const NAMES = ["draft/reply", "reply"] as const;

/** As it is written in front of a line; undefined where the server passes none on, or gave the message no id. */
export function replyTag(id: string, capabilities: readonly string[], support: Support): string | undefined {
  if (!capabilities.includes("message-tags") || !isGiven(id)) return undefined;
  const name = NAMES.find((candidate) => passesTag(candidate, support));
  return name && `+${name}=${escaped(id)}`;
}

/** ircv3.net/specs/extensions/message-tags: what would end a tag. */
function escaped(value: string): string {
  const ESCAPES: Record<string, string> = { ";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n" };
  return value.replaceAll(/[; \\\r\n]/g, (character) => ESCAPES[character] ?? "");
}
