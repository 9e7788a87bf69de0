import type { Handlers } from "../../api/methods.ts";
import { KIND } from "../../sync/content/kinds.ts";
import type { Conversation } from "../../sync/core.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import { HomeportError } from "../../sync/errors.ts";
import { messageText } from "../../sync/log/public-id.ts";
import type { HandlerContext } from "../context.ts";
import { findConversation, findMessageIn } from "../lookup.ts";
import { chatOf, compareChats } from "../views/chats.ts";
import { chatState, draftOf } from "../views/chat-state.ts";
import { lastUnread, markSeen } from "../views/unread.ts";
import { refOf } from "../views/referred.ts";
import { viewContext } from "./views.ts";

type ChatMethods = "chats" | "chat.pin" | "chat.mute" | "chat.archive" | "chat.retention" | "chats.mark" | "draft.get" | "draft.set";

export function chatHandlers(context: HandlerContext): Pick<Handlers, ChatMethods> {
  const { device } = context;
  const state = (conversation: Conversation, kind: number, body: Cbor) => {
    device.transact((writer) => writer.append(conversation.row, kind, body));
  };
  const draft = (conversation: Conversation) => {
    const { text = "", replyTo } = draftOf(device, conversation.row) ?? {};
    const { id } = conversation;
    return {
      text,
      ...(replyTo && { replyTo: messageText({ conversation: id, feed: replyTo.feed, incarnation: replyTo.inc, seq: replyTo.seq }) }),
    };
  };
  return {
    async chats() {
      const views = viewContext(context);
      return device
        .conversations()
        .flatMap((conversation) => chatOf(views, conversation) ?? [])
        .sort(compareChats);
    },

    async "chat.pin"({ conversation: id, on }) {
      state(findConversation(device, id), KIND.pinConversation, { on });
      return { conversation: id, pinned: on };
    },

    async "chat.mute"({ conversation: id, on, until }) {
      const conversation = findConversation(device, id);
      if (until !== undefined && (!on || until <= device.now()))
        throw new HomeportError("bad-time", "The end of a mute lies in the future.");
      state(conversation, KIND.mute, until === undefined ? { on } : { on, until });
      return { conversation: id, muted: on, ...(until === undefined ? {} : { until }) };
    },

    async "chat.archive"({ conversation: id, on }) {
      state(findConversation(device, id), KIND.archive, { on });
      return { conversation: id, archived: on };
    },

    async "chat.retention"({ conversation: id, days }) {
      const conversation = findConversation(device, id);
      if (days !== undefined) state(conversation, KIND.retention, { days });
      return { conversation: id, days: chatState(device, conversation.row).retention ?? null };
    },

    async "chats.mark"({ account }) {
      const here = device
        .conversations()
        .filter(({ founding }) => account === undefined || (founding.kind === "bridge" && founding.bridge === account));
      const unread = here.flatMap(({ row }) => lastUnread(device, row) ?? []);
      device.transact((writer) => {
        for (const row of unread) {
          const entry = writer.entry(row);
          if (entry) markSeen(writer, entry);
        }
      });
      return { marked: unread.length };
    },

    async "draft.get"({ conversation: id }) {
      return { conversation: id, ...draft(findConversation(device, id)) };
    },

    async "draft.set"({ conversation: id, text, replyTo }) {
      const conversation = findConversation(device, id);
      const target = replyTo === undefined ? undefined : findMessageIn(device, conversation, replyTo);
      const before = draftOf(device, conversation.row);
      // Nothing to clear: no entry that says so.
      if (text !== "" || before) state(conversation, KIND.draft, target ? { text, replyTo: { ...refOf(target) } } : { text });
      return { conversation: id, ...draft(conversation) };
    },
  };
}
