import { lazy, type ReactElement, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useValue } from "../state/observable.ts";
import { TalkSheets } from "./chat/talk-sheets.tsx";
import { Conversation } from "./chat/conversation.tsx";
import { ChatList } from "./chats/chat-list.tsx";
import { Talks } from "./common/icons.tsx";
import { PageHeader } from "./common/page.tsx";
import { Empty, Waiting } from "./common/states.tsx";
import { useApp } from "./context.ts";
import { Rail } from "./frame/rail.tsx";
import { Toast } from "./frame/toast.tsx";
import { useFocusOnPage, useNavigationKeys, useTitle } from "./frame/use-navigation.ts";
import { KeyMap } from "./keys/key-map.tsx";
import { useShortcut } from "./keys/shortcuts.ts";
import { type Route, useRoute } from "./route.ts";

const STATUS_MS = 10_000;

// What is not needed to read and write comes when it is opened.
const BridgesPage = lazy(async () => ({ default: (await import("./bridges/bridges-page.tsx")).BridgesPage }));
const DevicesPage = lazy(async () => ({ default: (await import("./devices/devices-page.tsx")).DevicesPage }));
const SettingsPage = lazy(async () => ({ default: (await import("./settings/settings-page.tsx")).SettingsPage }));
const WhoPage = lazy(async () => ({ default: (await import("./settings/who-page.tsx")).WhoPage }));

/** Rail, the list of conversations, and the page that is open. */
export function MainFrame(): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const route = useRoute();
  const slot = useRef<HTMLElement>(null);
  const [keys, setKeys] = useState(false);
  const talks = route.page === "chats" || route.page === "chat";
  useTitle(route);
  useFocusOnPage(route, slot);
  useNavigationKeys(route);
  useShortcut("keys", () => setKeys(true));
  useEffect(() => {
    const refresh = () => document.visibilityState === "visible" && void store.attempt(() => store.refreshStatus());
    refresh();
    const timer = setInterval(refresh, STATUS_MS);
    return () => clearInterval(timer);
  }, [store]);
  return (
    <div
      className="frame"
      data-open={route.page === "chats" ? "list" : "page"}
      data-list={talks ? "chats" : "none"}
      {...(route.page === "chat" ? {} : { "data-bottom": true })}
    >
      <a
        className="skip"
        href="#page"
        onClick={(event) => {
          event.preventDefault();
          slot.current?.focus();
        }}
      >
        {t("nav.skip")}
      </a>
      <Rail route={route} />
      {talks ? (
        <div className="side">
          <PageHeader title={t("nav.chats")} />
          <ChatList selected={route.page === "chat" ? route.conversation : undefined} />
        </div>
      ) : null}
      <main className="page-slot" id="page" ref={slot} tabIndex={-1}>
        <Suspense fallback={<Waiting />}>
          <RoutedPage route={route} />
        </Suspense>
      </main>
      {keys ? <KeyMap onClose={() => setKeys(false)} /> : null}
      <Toast />
      <TalkSheets />
    </div>
  );
}

function RoutedPage({ route }: { route: Route }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const chats = useValue(store.chats);
  switch (route.page) {
    case "devices":
      return <DevicesPage />;
    case "bridges":
      return <BridgesPage />;
    case "who":
      return <WhoPage />;
    case "settings":
      return <SettingsPage section={route.section} />;
    case "chats":
      return (
        <Empty icon={<Talks />} title={t("talk.choose")}>
          <p className="soft small">{t("talk.chooseHow")}</p>
        </Empty>
      );
    case "chat": {
      const chat = chats?.find(({ conversation }) => conversation === route.conversation);
      if (chat) return <Conversation key={chat.conversation} chat={chat} message={route.message} />;
      return chats ? <Empty icon={<Talks />} title={t("talk.gone")} /> : <Waiting />;
    }
  }
}
