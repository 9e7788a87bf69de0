import { type ReactElement, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { VList, type VListHandle } from "virtua";
import type { ChatRow } from "../../../api/chats.ts";
import type { Message } from "../../../api/messages.ts";
import { useLabelWords } from "../../texts/use-label-words.ts";
import { useValue } from "../../state/observable.ts";
import { LabelButton } from "../common/label-button.tsx";
import { PageHeader } from "../common/page.tsx";
import { nameOf } from "../chats/chat-list.tsx";
import { useApp } from "../context.ts";
import { Composer } from "./composer.tsx";
import { MessageView } from "./message-view.tsx";

/** Nearer to the end than this, new messages are followed. */
const NEAR_END_PX = 120;
const LOAD_FROM_PX = 400;

export function Conversation({ chat }: { chat: ChatRow }): ReactElement {
  const { store } = useApp();
  return (
    <section className="talk" aria-label={nameOf(chat)}>
      <PageHeader title={<bdi>{nameOf(chat)}</bdi>} level={2} back={{ page: "chats" }}>
        <LabelButton label={chat.label} trust={chat.trust} network={chat.network} facts={undefined} />
      </PageHeader>
      <Messages key={chat.conversation} chat={chat} />
      <Composer key={`composer ${chat.conversation}`} chat={chat} onSent={() => void store.markRead(chat.conversation)} />
    </section>
  );
}

function Messages({ chat }: { chat: ChatRow }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const { conversation } = chat;
  const { messages, more, loading } = useValue(store.timeline(conversation));
  const list = useRef<VListHandle>(null);
  const follow = useRef(true);
  const count = messages.length;
  const newest = messages.at(-1)?.id;
  const items = withDividers(messages, useLabelWords().shortWords);

  useEffect(() => {
    if (follow.current && items.length > 0) list.current?.scrollToIndex(items.length - 1, { align: "end" });
    // Only what is at the end moves the view.
  }, [newest, items.length]);
  useEffect(() => {
    if (document.visibilityState === "visible") void store.markRead(conversation);
  }, [newest, conversation, store]);

  if (count === 0) return <p className="event">{loading || more ? t("loading") : t("talk.none")}</p>;
  return (
    <div className="messages" role="log" aria-label={t("talk.messages")}>
      <VList
        ref={list}
        shift
        bufferSize={900}
        data={items}
        style={{ height: "100%" }}
        onScroll={(offset) => {
          const handle = list.current;
          if (!handle) return;
          follow.current = handle.scrollSize - offset - handle.viewportSize < NEAR_END_PX;
          if (offset < LOAD_FROM_PX && more) void store.older(conversation);
        }}
      >
        {(item) =>
          "divider" in item ? (
            <div className="divider" key={item.key}>
              {t("talk.labelChanged", { words: item.divider })}
            </div>
          ) : (
            <MessageView key={item.message.id} message={item.message} network={chat.network} />
          )
        }
      </VList>
    </div>
  );
}

type Item = { message: Message } | { divider: string; key: string };

/** A divider where the label changes. */
function withDividers(messages: readonly Message[], shortWords: ReturnType<typeof useLabelWords>["shortWords"]): Item[] {
  const items: Item[] = [];
  let label: Message["label"] | undefined;
  for (const message of messages) {
    if (label !== undefined && message.label !== label)
      items.push({ divider: shortWords(message.label, message.trust ?? undefined), key: `divider ${message.id}` });
    label = message.label;
    items.push({ message });
  }
  return items;
}
