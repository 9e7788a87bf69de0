import type { Message } from "../../api/messages.ts";
import type { Checked, Handlers, Result } from "../../api/methods.ts";
import type { Conversation } from "../../sync/core.ts";
import { HomeportError } from "../../sync/errors.ts";
import { messageText } from "../../sync/log/public-id.ts";
import type { HandlerContext } from "../context.ts";
import { findConversation, findMessage, findMessageIn } from "../lookup.ts";
import { messageOf } from "../views/messages.ts";
import { pinnedIn } from "../views/notes.ts";
import { versionsOf } from "../views/shown.ts";
import { entriesAfter, entriesBefore, entrySince } from "../views/timeline.ts";
import { firstUnread } from "../views/unread.ts";
import { viewContext } from "./views.ts";

/** UTF-16 code units of text in one answer of `read`. */
const MAX_READ = 1 << 20;

type ReadMethods = "read" | "message.versions" | "message.pins";

export function readHandlers(context: HandlerContext): Pick<Handlers, ReadMethods> {
  const { device } = context;
  return {
    async read(params) {
      const { conversation: id, limit, before, after, around, at, unread } = params;
      if ([before, after, around, at, unread].filter((one) => one !== undefined).length > 1)
        throw new HomeportError("invalid-params", "Give one of before, after, around, at and unread.");
      const conversation = findConversation(device, id);
      const row = placeOf(context, conversation, params);
      if (row !== undefined) return aroundRow(context, conversation.row, row, limit);
      if (after !== undefined) {
        const { messages, left } = shown(
          context,
          entriesAfter(device, conversation.row, findMessageIn(device, conversation, after).row, limit + 1),
          limit,
          MAX_READ,
        );
        return { messages, more: true, newer: left, place: null };
      }
      const from = before === undefined ? undefined : findMessage(device, before).row;
      const { messages, left } = shown(context, entriesBefore(device, conversation.row, from, limit + 1), limit, MAX_READ);
      return { messages: messages.reverse(), more: left, newer: before !== undefined, place: null };
    },

    async "message.versions"({ message: id }) {
      const entry = findMessage(device, id);
      const message = messageOf(viewContext(context), entry);
      if (!message) throw new HomeportError("not-found", "That is no message.");
      const versions = versionsOf(device, entry);
      return versions.length > 0 ? versions : [{ text: message.text, ts: message.ts }];
    },

    async "message.pins"({ conversation: id, limit }) {
      const views = viewContext(context);
      return pinnedIn(device, findConversation(device, id).row, limit).flatMap((entry) => messageOf(views, entry) ?? []);
    },
  };
}

/** The row that the answer is to be around; undefined where there is none. */
function placeOf({ device }: HandlerContext, conversation: Conversation, { around, at, unread }: Checked<"read">): number | undefined {
  if (around !== undefined) return findMessageIn(device, conversation, around).row;
  if (at !== undefined) return entrySince(device, conversation.row, at);
  return unread === undefined ? undefined : firstUnread(device, conversation.row);
}

function aroundRow(context: HandlerContext, conversation: number, row: number, limit: number): Result<"read"> {
  const { device } = context;
  const half = Math.floor(limit / 2);
  const older = shown(context, entriesBefore(device, conversation, row, half + 1), half, MAX_READ / 2);
  const rest = Math.max(1, limit - half);
  const newer = shown(context, [row, ...entriesAfter(device, conversation, row, rest)], rest, MAX_READ / 2);
  const entry = device.entry(row);
  return {
    messages: [...older.messages.reverse(), ...newer.messages],
    more: older.left,
    newer: newer.left,
    place: entry ? messageText(entry) : null,
  };
}

/** At most `limit` of these, and of at most so much text, but one in any case. `left`: there are more of them. */
function shown(context: HandlerContext, rows: readonly number[], limit: number, most: number): { messages: Message[]; left: boolean } {
  const views = viewContext(context);
  const messages: Message[] = [];
  let size = 0;
  for (const [n, row] of rows.slice(0, limit).entries()) {
    const entry = context.device.entry(row);
    const message = entry && messageOf(views, entry);
    size += message?.text.length ?? 0;
    if (size > most && messages.length > 0) return { messages, left: rows.length > n };
    if (message) messages.push(message);
  }
  return { messages, left: rows.length > limit };
}
