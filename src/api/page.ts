import type { Message } from "./messages.ts";

/** Most UTF-16 code units of JSON in one answer of `read`; well under `MAX_REPLY`. */
const MAX_PAGE = 4 << 20;

/** Drops the oldest of a page (oldest first) that is too large for one answer; `more` then says that there are older ones. */
export function fitPage(messages: Message[], more: boolean, max = MAX_PAGE): { messages: Message[]; more: boolean } {
  let size = 0;
  let first = messages.length;
  while (first > 0) {
    size += JSON.stringify(messages[first - 1]).length;
    if (size > max && first < messages.length) break;
    first--;
  }
  return { messages: messages.slice(first), more: more || first > 0 };
}
