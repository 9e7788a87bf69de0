import type { ChatRow } from "../../api/chats.ts";
import type { SecurityLabel } from "../../security-labels/index.ts";
import type { ConversationInfo } from "../../sync/content/bridged.ts";
import type { Conversation, Reader } from "../../sync/core.ts";
import { conversationText } from "../../sync/log/public-id.ts";
import { chatState, draftOf } from "./chat-state.ts";
import { type MessageContext, messageOf } from "./messages.ts";
import { conversationInfo } from "./newest.ts";
import { entriesBefore } from "./timeline.ts";
import { unreadOf } from "./unread.ts";

/** UTF-16 code units of a text in the list. */
const PREVIEW = 512;

export interface ChatContext extends MessageContext {
  /** What a message to this conversation would get now; undefined where that is not known. */
  labelNow(conversation: Conversation): SecurityLabel | undefined;
}

/** A conversation as the list shows it; undefined for one that is not open. */
export function chatOf(context: ChatContext, conversation: Conversation): ChatRow | undefined {
  const { reader } = context;
  const { founding, row } = conversation;
  const info = founding.kind === "bridge" ? conversationInfo(reader, row) : undefined;
  if (founding.kind === "bridge" && !info?.open) return undefined;
  const { mutedUntil, retention, ...state } = chatState(reader, row);
  const draft = draftOf(reader, row);
  const last = lastOf(context, row);
  if (founding.kind === "bridge" && last === null && isDeleted(reader, conversation)) return undefined;
  const common = {
    conversation: conversationText(conversation.id),
    ...unreadOf(reader, row),
    ...state,
    ...(mutedUntil === undefined ? {} : { mutedUntil }),
    ...(draft === undefined ? {} : { draft: draft.text.slice(0, PREVIEW) }),
    ...(retention === undefined ? {} : { retention }),
    last,
  };
  if (founding.kind === "self" || !info)
    return { ...common, name: "Note to self", network: "homeport", kind: "self", label: "e2ee-device" };
  const label = context.labelNow(conversation) ?? last?.label ?? "plaintext";
  const { name, kind, topic } = info;
  return {
    ...common,
    ...{ name, kind, label, network: founding.network, account: founding.bridge, can: abilities(info) },
    ...(topic === undefined || topic === "" ? {} : { topic: topic.slice(0, PREVIEW) }),
  };
}

function abilities({ can }: ConversationInfo): ChatRow["can"] {
  const may = (level: number | undefined) => level !== undefined && level >= 1;
  // An answer goes out as plain text where the network has none: it is still marked on the own devices.
  return { edit: may(can?.edit), reactions: may(can?.reactions), reply: (can?.reply ?? -2) >= 0 };
}

/** E3: shown again with the first message that is later than the deletion. */
function isDeleted(reader: Reader, { id }: Conversation): boolean {
  return reader.sql.get("select 1 from tombstone_conversation where conversation = ? and all_ms > 0", id) !== undefined;
}

/** Pinned ones first, archived ones last, of each the one with the newest message first. */
export function compareChats(a: ChatRow, b: ChatRow): number {
  const shelf = ({ pinned, archived }: ChatRow) => (archived ? 2 : pinned ? 0 : 1);
  return shelf(a) - shelf(b) || (b.last?.ts ?? 0) - (a.last?.ts ?? 0);
}

function lastOf(context: MessageContext, conversation: number): ChatRow["last"] {
  const [row] = entriesBefore(context.reader, conversation, undefined, 1);
  const entry = row === undefined ? undefined : context.reader.entry(row);
  const message = entry && messageOf(context, entry);
  if (!message) return null;
  const { id, ts, kind, from, text, label } = message;
  return { id, ts, kind, from: from.name, self: from.self, text: text.slice(0, PREVIEW), label };
}
