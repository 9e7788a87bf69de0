import i18next from "i18next";
import type { Message } from "../../api/messages.ts";
import type { Store } from "../state/store.ts";
import { notifyChoice } from "./choice.ts";
import { type Notice, noticeOf } from "./notification.ts";

/** One page of this browser tells, and none while the person looks at one. */
const TELLER = "homeport-notifier";
const LOOKED_AT = "homeport-looked-at";
/** A message that lay somewhere for longer is shown in the list, and not called out. */
const FRESH_MS = 24 * 3600_000;

/** Tells the person of messages while no page of the app is looked at. The returned function ends it. */
export function startNotifier(store: Store): () => void {
  const end = new AbortController();
  const hear = (message: Message) => void tell(store, message);
  void navigator.locks
    .request(TELLER, { signal: end.signal }, () => {
      store.arrivals.add(hear);
      return new Promise<void>((resolve) => end.signal.addEventListener("abort", () => resolve(), { once: true }));
    })
    // Ended while it waited for its turn.
    .catch(() => undefined);
  const stopWatching = sayWhenLookedAt();
  end.signal.addEventListener("abort", () => {
    store.arrivals.delete(hear);
    stopWatching();
  });
  return () => end.abort();
}

async function tell(store: Store, message: Message): Promise<void> {
  if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
  if (Date.now() - message.arrived > FRESH_MS || (await isLookedAt())) return;
  // The list may not have been read yet, or be of before.
  const chats = await store.client.call("chats", {}).catch(() => store.chats.get() ?? []);
  const chat = chats.find(({ conversation }) => conversation === message.conversation);
  const notice = chat && chat.unread > 0 ? noticeOf(message, chat, notifyChoice(), i18next.t("notify.hidden")) : undefined;
  if (notice) await show(notice);
}

/** One for each conversation: the newest message stands for those before it. */
async function show({ title, body, conversation }: Notice): Promise<void> {
  const options = { body, tag: conversation, data: { conversation }, icon: "/icon192.png", badge: "/badge96.png" };
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration?.active) return registration.showNotification(title, options);
  // A page that only controls a node has no service worker.
  const shown = new Notification(title, options);
  shown.onclick = () => {
    shown.close();
    focus();
    location.hash = `#/c/${encodeURIComponent(conversation)}`;
  };
  return undefined;
}

async function isLookedAt(): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === LOOKED_AT);
}

/** Holds a shared lock while this page is visible and has the focus. */
function sayWhenLookedAt(): () => void {
  let release: (() => void) | undefined;
  const look = () => {
    const isSeen = document.visibilityState === "visible" && document.hasFocus();
    if (isSeen && !release)
      void navigator.locks.request(LOOKED_AT, { mode: "shared" }, () => new Promise<void>((resolve) => (release = resolve)));
    if (!isSeen) {
      release?.();
      release = undefined;
    }
  };
  look();
  const events = [
    [document, "visibilitychange"],
    [globalThis, "focus"],
    [globalThis, "blur"],
  ] as const;
  for (const [target, event] of events) target.addEventListener(event, look);
  return () => {
    release?.();
    for (const [target, event] of events) target.removeEventListener(event, look);
  };
}
