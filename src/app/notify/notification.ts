import type { ChatRow } from "../../api/chats.ts";
import type { Message } from "../../api/messages.ts";
import { cleanText, shortWords } from "../../security-labels/index.ts";
import type { NotifyChoice } from "./choice.ts";

export interface Notice {
  title: string;
  body: string;
  conversation: string;
}

const MOST = 200;
const SPOKEN: readonly string[] = ["text", "action", "notice"];

/**
 * What the person is told of a message, or undefined where nothing. Names and texts come from networks and are cleaned; the label
 * always stands first, where no text of anybody can come before it. `hidden`: what is said instead of the content.
 */
export function noticeOf(message: Message, chat: ChatRow, { of, content }: NotifyChoice, hidden: string): Notice | undefined {
  if (message.from.self || message.ignored === true || message.deleted === true || !SPOKEN.includes(message.kind)) return undefined;
  if (of === "none" || chat.muted) return undefined;
  if (of === "direct" && chat.kind !== "direct" && message.mention !== true) return undefined;
  const label = shortWords(message.label, message.trust ?? undefined);
  const said = content ? `${cleanText(message.from.name, 64)}: ${cleanText(message.text, MOST)}` : hidden;
  return { title: cleanText(chat.name, 64), body: `[${label}] ${said}`, conversation: message.conversation };
}
