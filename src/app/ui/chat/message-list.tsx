import { type KeyboardEvent, type ReactElement, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { VList, type VListHandle } from "virtua";
import type { ChatRow } from "../../../api/chats.ts";
import type { Message } from "../../../api/messages.ts";
import { dividersOf } from "../../state/dividers.ts";
import { useValue } from "../../state/observable.ts";
import type { Timeline } from "../../state/timeline.ts";
import { useApp } from "../context.ts";
import { Dividers } from "./dividers.tsx";
import { ToBottom } from "./to-bottom.tsx";
import { MessageView } from "./message-view.tsx";
import type { MessageActions } from "./use-actions.ts";

/** Nearer to the end than this, new messages are followed. */
const NEAR_END_PX = 80;
const LOAD_FROM_PX = 1200;
const MARK_PAUSE_MS = 250;
const FLASH_MS = 2000;

interface ListProps {
  chat: ChatRow;
  actions: MessageActions;
}

/** The messages of a conversation: a window over what the device has, which grows where it is read. */
export function MessageList({ chat, actions }: ListProps): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const timeline = useValue(store.talks.of(chat.conversation));
  if (timeline.messages.length === 0)
    return <p className="event messages">{timeline.loading || timeline.part === 0 ? t("loading") : t("talk.none")}</p>;
  return <Window key={timeline.part} {...{ chat, actions, timeline }} />;
}

function Window({ chat, actions, timeline }: ListProps & { timeline: Timeline }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const { conversation } = chat;
  const { messages, newer, goal, unreadFrom } = timeline;
  const list = useRef<VListHandle>(null);
  const box = useRef<HTMLDivElement>(null);
  const follow = useRef(goal === undefined && !newer);
  const [atEnd, setAtEnd] = useState(follow.current);
  const [flash, setFlash] = useState<string>();
  const [active, setActive] = useState<string>();
  const above = useMemo(() => dividersOf(messages, unreadFrom), [messages, unreadFrom]);
  const items = useMemo(() => messages.map((message, n) => ({ message, above: above[n] ?? {} })), [messages, above]);
  const newest = messages.at(-1);
  const marking = useMarking(chat, messages, list);

  // What is at the end stays in view while it is followed; who reads further up is never moved.
  useLayoutEffect(() => {
    if (newest?.from.self === true && newest.state !== "received" && !newer && isFresh(newest)) follow.current = true;
    if (follow.current) list.current?.scrollToIndex(messages.length - 1, { align: "end" });
    marking();
  }, [newest?.id, newest?.text, messages.length]);
  useEffect(() => {
    if (!goal) return undefined;
    const index = messages.findIndex(({ id }) => id === goal.id);
    if (index < 0) return undefined;
    follow.current = false;
    list.current?.scrollToIndex(index, { align: goal.mark ? "center" : "start" });
    if (!goal.mark) return undefined;
    setFlash(goal.id);
    setActive(goal.id);
    const timer = setTimeout(() => setFlash(undefined), FLASH_MS);
    return () => clearTimeout(timer);
  }, [goal?.round]);

  const onScroll = (offset: number) => {
    const handle = list.current;
    if (!handle) return;
    const below = handle.scrollSize - offset - handle.viewportSize;
    follow.current = below < NEAR_END_PX && !timeline.newer;
    setAtEnd(follow.current);
    if (offset < LOAD_FROM_PX) void store.talks.older(conversation);
    if (below < LOAD_FROM_PX) void store.talks.later(conversation);
    marking();
  };
  const focusOn = (id: string | undefined) => {
    const index = messages.findIndex((message) => message.id === id);
    if (id === undefined || index < 0) return;
    setActive(id);
    list.current?.scrollToIndex(index, { align: "nearest" });
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-id="${id}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLElement) || event.target.dataset.id === undefined) return;
    const at = messages.findIndex(({ id }) => id === active);
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      focusOn(messages[Math.min(messages.length - 1, Math.max(0, at + step))]?.id);
    } else if (event.key === "End") {
      event.preventDefault();
      toBottom();
    }
  };
  const toBottom = () => {
    if (newer) void store.talks.open(conversation, { at: "newest" });
    else {
      follow.current = true;
      list.current?.scrollToIndex(messages.length - 1, { align: "end" });
    }
  };
  const focusable = active !== undefined && messages.some(({ id }) => id === active) ? active : newest?.id;
  return (
    <div className="messages" role="log" aria-label={t("talk.messages")} aria-live="off" ref={box} onKeyDown={onKeyDown}>
      <VList ref={list} shift={timeline.shift} bufferSize={900} data={items} className="messages-list" onScroll={onScroll}>
        {({ message, above: over }) => (
          <div key={message.id} className="line" data-flash={flash === message.id || undefined}>
            <Dividers above={over} />
            <MessageView {...{ message, chat, actions }} isFocusable={message.id === focusable} onFocus={() => setActive(message.id)} />
          </div>
        )}
      </VList>
      {atEnd ? null : <ToBottom count={chat.unread} onPress={toBottom} />}
    </div>
  );
}

/** Written just now, on this device or another. */
function isFresh({ arrived }: Message): boolean {
  return Date.now() - arrived < 5000;
}

/** Tells the device what was on screen while the person could see it; not more often than needed. */
function useMarking(chat: ChatRow, messages: readonly Message[], list: { current: VListHandle | null }): () => void {
  const { store } = useApp();
  const now = useRef({ chat, messages, marked: "" });
  now.current = { ...now.current, chat, messages };
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const mark = () => {
    timer.current = undefined;
    const handle = list.current;
    const { chat: row, messages: loaded, marked } = now.current;
    if (!handle || document.visibilityState !== "visible" || row.unread === 0) return;
    const last = handle.findItemIndex(handle.scrollOffset + handle.viewportSize);
    const seen = loaded.slice(0, last + 1).reduce<Message | undefined>((a, b) => (a && a.arrived > b.arrived ? a : b), undefined);
    if (!seen || seen.id === marked) return;
    now.current.marked = seen.id;
    void store.attempt(() => store.client.call("mark", { conversation: row.conversation, upTo: seen.id }));
  };
  const soon = () => {
    timer.current ??= setTimeout(mark, MARK_PAUSE_MS);
  };
  useEffect(() => {
    soon();
    document.addEventListener("visibilitychange", soon);
    addEventListener("focus", soon);
    return () => {
      clearTimeout(timer.current);
      timer.current = undefined;
      document.removeEventListener("visibilitychange", soon);
      removeEventListener("focus", soon);
    };
  }, [chat.unread]);
  return soon;
}
