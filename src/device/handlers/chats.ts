import type { ChatRow } from "../../api/chats.ts";
import type { Handlers } from "../../api/methods.ts";
import type { Conversation } from "../../sync/core.ts";
import { conversationText } from "../../sync/log/public-id.ts";
import type { HandlerContext } from "../context.ts";
import { messageOf } from "../views/messages.ts";
import { conversationInfo, unreadCount } from "../views/newest.ts";
import { entriesBefore } from "../views/timeline.ts";
import { messageContext } from "./messages.ts";

const PREVIEW = 512;

export function chatHandlers(context: HandlerContext): Pick<Handlers, "chats"> {
  return {
    async chats() {
      const rows = context.device.conversations().flatMap((conversation) => chatRow(context, conversation) ?? []);
      return rows.sort((a, b) => (b.last?.ts ?? 0) - (a.last?.ts ?? 0));
    },
  };
}

function chatRow(context: HandlerContext, conversation: Conversation): ChatRow | undefined {
  const { device } = context;
  const common = {
    conversation: conversationText(conversation.id),
    unread: unreadCount(device, conversation.row),
    last: last(context, conversation),
  };
  if (conversation.founding.kind === "self")
    return { ...common, name: "Note to self", network: "homeport", kind: "self", label: "e2ee-device" };
  const info = conversationInfo(device, conversation.row);
  if (!info?.open) return undefined;
  const { network, bridge } = conversation.founding;
  const label = context.board.liveLabel(conversation) ?? common.last?.label ?? "plaintext";
  return { ...common, name: info.name, network, account: bridge, kind: info.kind, label };
}

function last(context: HandlerContext, conversation: Conversation): ChatRow["last"] {
  const [row] = entriesBefore(context.device, conversation.row, undefined, 1);
  const entry = row === undefined ? undefined : context.device.entry(row);
  const message = entry && messageOf(messageContext(context), entry);
  if (!message) return null;
  const { id, ts, kind, from, text, label } = message;
  return { id, ts, kind, from: from.name, text: text.slice(0, PREVIEW), label };
}
