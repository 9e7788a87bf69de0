import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import { cleanText } from "../../../security-labels/index.ts";
import type { Action } from "../common/menu.tsx";
import { useApp } from "../context.ts";
import { go } from "../route.ts";
import { DeleteChat } from "./delete-chat.tsx";

const HOUR_MS = 3_600_000;

/** What can be done with a conversation, in the list and in its head; `dialogs` has to be shown beside. */
export function useChatActions(chat: ChatRow, onDone: () => void = () => undefined): { actions: Action[]; dialogs: ReactElement | null } {
  const { t } = useTranslation();
  const { store } = useApp();
  const [deleting, setDeleting] = useState(false);
  const { conversation, last, muted, pinned, archived, unread } = chat;
  const call = (run: () => Promise<unknown>) => {
    void store.attempt(run).then(() => store.refreshChats());
    onDone();
  };
  const mute = (hours: number | undefined) => () =>
    call(() =>
      store.client.call("chat.mute", { conversation, on: true, ...(hours === undefined ? {} : { until: Date.now() + hours * HOUR_MS }) }),
    );
  const all: (Action | false)[] = [
    last !== null &&
      unread > 0 && {
        id: "read",
        label: t("chats.markRead"),
        onAction: () => call(() => store.client.call("mark", { conversation, upTo: last.id })),
      },
    {
      id: "pin",
      label: t(pinned ? "chats.unpin" : "chats.pin"),
      onAction: () => call(() => store.client.call("chat.pin", { conversation, on: !pinned })),
    },
    ...(muted
      ? [
          {
            id: "unmute",
            label: t("chats.unmute"),
            onAction: () => call(() => store.client.call("chat.mute", { conversation, on: false })),
          },
        ]
      : [
          { id: "mute-8", label: t("chats.muteHours", { count: 8 }), onAction: mute(8) },
          { id: "mute", label: t("chats.mute"), onAction: mute(undefined) },
        ]),
    {
      id: "archive",
      label: t(archived ? "chats.unarchive" : "chats.archive"),
      onAction: () => call(() => store.client.call("chat.archive", { conversation, on: !archived })),
    },
    {
      id: "facts",
      label: t("facts.title"),
      onAction: () => {
        store.factsOf.set(conversation);
        onDone();
      },
    },
    chat.account !== undefined && {
      id: "leave",
      label: t("chats.leave"),
      onAction: () =>
        call(async () => {
          await store.client.call("bridge.close", { conversation });
          store.notice.set({ message: t("chats.left", { name: cleanText(chat.name, 60) }), bad: false });
          go({ page: "chats" });
        }),
    },
    { id: "delete", label: t("chats.delete"), kind: "bad" as const, onAction: () => setDeleting(true) },
  ];
  const close = () => {
    setDeleting(false);
    onDone();
  };
  return {
    actions: all.filter((action) => action !== false),
    dialogs: deleting ? <DeleteChat chat={chat} onClose={close} /> : null,
  };
}
