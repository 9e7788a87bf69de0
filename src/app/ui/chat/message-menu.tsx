import { type ReactElement, useState } from "react";
import { Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import type { Message } from "../../../api/messages.ts";
import { cleanText } from "../../../security-labels/index.ts";
import type { Action } from "../common/menu.tsx";
import { PopupMenu } from "../common/popup-menu.tsx";
import { useApp } from "../context.ts";
import { EmojiPicker } from "./emoji-picker.tsx";
import type { MessageActions } from "./use-actions.ts";

interface MenuProps {
  message: Message;
  anchor: HTMLElement;
  chat: ChatRow;
  actions: MessageActions;
  onEdit(message: Message): void;
  onDelete(message: Message): void;
  onClose(): void;
}

export function canEdit({ from, deleted, kind }: Message, { can }: ChatRow): boolean {
  return from.self && !deleted && kind !== "other" && (can?.edit ?? true);
}

/** What can be done with a message. What a network cannot do is not offered. */
export function MessageMenu({ message, anchor, chat, actions, onEdit, onDelete, onClose }: MenuProps): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [picking, setPicking] = useState(false);
  const { can } = chat;
  const there = !message.deleted;
  const pin = () => void store.attempt(() => store.client.call("message.pin", { message: message.id, on: !message.pinned }));
  const ignore = (on: boolean) =>
    void store.attempt(async () => {
      if (chat.account === undefined) return;
      await store.client.call("ignore.set", { account: chat.account, user: message.from.id, name: message.from.name, on });
      await store.talks.open(chat.conversation, { at: "message", id: message.id });
    });
  const all: (Action | false)[] = [
    there && (can?.reply ?? true) && { id: "reply", label: t("talk.reply"), onAction: () => actions.reply(message) },
    there && (can?.reactions ?? true) && { id: "react", label: t("talk.react"), onAction: () => setPicking(true) },
    canEdit(message, chat) && { id: "edit", label: t("talk.edit"), onAction: () => onEdit(message) },
    there &&
      message.text !== "" && {
        id: "copy",
        label: t("talk.copyText"),
        onAction: () => void store.attempt(() => navigator.clipboard.writeText(message.text)),
      },
    there && { id: "pin", label: t(message.pinned ? "talk.unpin" : "talk.pin"), onAction: pin },
    message.edited === true && { id: "versions", label: t("talk.versions"), onAction: () => actions.versions(message) },
    !message.from.self &&
      chat.account !== undefined && {
        id: "ignore",
        label: t(message.ignored ? "talk.unignore" : "talk.ignore", { name: cleanText(message.from.name, 40) }),
        onAction: () => ignore(!message.ignored),
      },
    there && { id: "delete", label: t("delete.title"), kind: "bad" as const, onAction: () => onDelete(message) },
  ];
  const offered = all.filter((action) => action !== false);
  if (picking)
    return (
      <Popover className="menu-box" triggerRef={{ current: anchor }} isOpen onOpenChange={(open) => (open ? undefined : onClose())}>
        <EmojiPicker
          onPick={(emoji) => {
            actions.react(message, emoji, true);
            onClose();
          }}
        />
      </Popover>
    );
  const closing = offered.map((action) => ({
    ...action,
    onAction: () => {
      action.onAction();
      // The picker takes the place of the menu.
      if (action.id !== "react") onClose();
    },
  }));
  return <PopupMenu label={t("talk.menu")} anchor={anchor} actions={closing} onClose={onClose} />;
}
