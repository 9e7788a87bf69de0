import { type RefObject, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import { countOf, nameOf } from "../../state/chat-filter.ts";
import { useValue } from "../../state/observable.ts";
import { useApp } from "../context.ts";
import { useShortcut } from "../keys/shortcuts.ts";
import { go, type Route, titleOf } from "../route.ts";

/** The window is called like the page that it shows. */
export function useTitle(route: Route): void {
  const { t } = useTranslation();
  const { store } = useApp();
  const chats = useValue(store.chats) ?? [];
  const unread = countOf(chats);
  const chat = route.page === "chat" ? chats.find(({ conversation }) => conversation === route.conversation) : undefined;
  const title = chat ? nameOf(chat) : t(titleOf(route));
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ""}${title} – ${t("app")}`;
  }, [unread, title, t]);
}

/** Another page was opened: who works by keyboard or ear goes on there. A conversation has its own place to begin. */
export function useFocusOnPage(route: Route, slot: RefObject<HTMLElement | null>): void {
  const before = useRef(route.page);
  useEffect(() => {
    if (before.current === route.page) return;
    before.current = route.page;
    if (route.page !== "chat" && route.page !== "chats") slot.current?.focus({ preventScroll: true });
  }, [route.page, slot]);
}

/** Keys that lead from page to page, and from conversation to conversation. */
export function useNavigationKeys(route: Route): void {
  const { store } = useApp();
  useShortcut("chats", () => go({ page: "chats" }));
  useShortcut("bridges", () => go({ page: "bridges" }));
  useShortcut("devices", () => go({ page: "devices" }));
  useShortcut("who", () => go({ page: "who" }));
  useShortcut("settings", () => go({ page: "settings" }));
  useShortcut("back", () => leave(route));
  const open = (step: 1 | -1, wanted: (chat: ChatRow) => boolean) => {
    const next = neighbour(store.chats.get() ?? [], route.page === "chat" ? route.conversation : undefined, step, wanted);
    if (next) go({ page: "chat", conversation: next.conversation });
  };
  const shown = (chat: ChatRow) => !chat.archived;
  const unread = (chat: ChatRow) => chat.unread > 0;
  useShortcut("next", () => open(1, shown));
  useShortcut("previous", () => open(-1, shown));
  useShortcut("nextUnread", () => open(1, unread));
  useShortcut("previousUnread", () => open(-1, unread));
}

/** To the page that this one is a part of, else to the conversations. */
function leave(route: Route): void {
  const isPart = ("section" in route && route.section) || ("device" in route && route.device) || ("account" in route && route.account);
  go(isPart ? { page: route.page } : { page: "chats" });
}

/** The next one in this direction that is wanted, from the one that is open on; round the end. */
function neighbour(
  chats: readonly ChatRow[],
  from: string | undefined,
  step: 1 | -1,
  wanted: (chat: ChatRow) => boolean,
): ChatRow | undefined {
  const count = chats.length;
  const index = chats.findIndex(({ conversation }) => conversation === from);
  const start = index < 0 ? (step === 1 ? -1 : count) : index;
  for (let i = 1; i <= count; i++) {
    const chat = chats[(start + step * i + count * 2) % count];
    if (chat && chat.conversation !== from && wanted(chat)) return chat;
  }
  return undefined;
}
