import { type ReactElement, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import type { Message } from "../../../api/messages.ts";
import { nameOf } from "../../state/chat-filter.ts";
import { useApp } from "../context.ts";
import { ChatHeader } from "./chat-header.tsx";
import { Composer } from "./composer.tsx";
import type { Mode } from "./composer-mode.ts";
import { DeleteMessage } from "./delete-message.tsx";
import { DropZone } from "./drop-zone.tsx";
import { MessageList } from "./message-list.tsx";
import { MessageMenu } from "./message-menu.tsx";
import type { MessageActions } from "./use-actions.ts";
import { Versions } from "./versions.tsx";

interface ConversationProps {
  chat: ChatRow;
  /** A message that the address leads to. */
  message?: string | undefined;
}

export function Conversation({ chat, message }: ConversationProps): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const { conversation } = chat;
  const [mode, setMode] = useState<Mode>({ is: "new" });
  const [menu, setMenu] = useState<{ message: Message; anchor: HTMLElement }>();
  const [versions, setVersions] = useState<Message>();
  const [doomed, setDoomed] = useState<Message>();
  const [files, setFiles] = useState<readonly File[]>([]);
  const began = useRef(false);

  useEffect(() => {
    const first = !began.current;
    began.current = true;
    if (message !== undefined) void store.talks.open(conversation, { at: "message", id: message });
    else if (first) void store.talks.open(conversation, { at: chat.unread > 0 ? "unread" : "newest" });
    // Where it is opened is decided once, and again for each message that is jumped to.
  }, [conversation, message, store]);
  useEffect(() => store.labels.learn(conversation, chat.label), [store, conversation, chat.label]);

  const again = useCallback(
    (failed: Message, anyway: boolean) =>
      void store.attempt(async () => {
        const style = failed.kind === "action" || failed.kind === "notice" ? failed.kind : "text";
        const minLabel = anyway ? store.labelOf(conversation) : failed.label;
        const reply = failed.replyTo === undefined || failed.replyGone ? {} : { replyTo: failed.replyTo };
        await store.client.call("send", { conversation, text: failed.text, style, ...(minLabel ? { minLabel } : {}), ...reply });
        await store.client.call("message.delete", { messages: [failed.id] });
      }),
    [store, conversation],
  );
  const actions = useMemo<MessageActions>(
    () => ({
      menu: (of, anchor) => setMenu({ message: of, anchor }),
      reply: (to) => setMode({ is: "reply", to }),
      react: (to, emoji, on) => void store.attempt(() => store.client.call("react", { message: to.id, emoji, on })),
      jump: (id) => void store.talks.open(conversation, { at: "message", id }),
      versions: setVersions,
      again,
      discard: (of) =>
        void store.attempt(async () => {
          const [row] = await store.client.call("message.delete", { messages: [of.id] });
          if (row?.network) store.notice.set({ message: t("delete.networkKeeps", { network: row.network }), bad: false });
        }),
    }),
    [store, conversation, again, t],
  );
  return (
    <section className="talk" aria-label={nameOf(chat)}>
      <DropZone onFiles={setFiles} isDisabled={chat.network !== "homeport"}>
        <ChatHeader chat={chat} />
        <MessageList chat={chat} actions={actions} />
        <Composer key={conversation} {...{ chat, mode, setMode, files, setFiles }} />
      </DropZone>
      {menu ? (
        <MessageMenu
          {...menu}
          {...{ chat, actions }}
          onEdit={(of) => setMode({ is: "edit", of })}
          onDelete={setDoomed}
          onClose={() => setMenu(undefined)}
        />
      ) : null}
      {versions ? <Versions message={versions} onClose={() => setVersions(undefined)} /> : null}
      {doomed ? <DeleteMessage message={doomed} chat={chat} onClose={() => setDoomed(undefined)} /> : null}
    </section>
  );
}
