import { type ReactElement, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useValue } from "../state/observable.ts";
import { BridgesPage } from "./bridges/bridges-page.tsx";
import { Conversation } from "./chat/conversation.tsx";
import { ChatList } from "./chats/chat-list.tsx";
import { Button } from "./common/button.tsx";
import { useApp } from "./context.ts";
import { DevicesPage } from "./devices/devices-page.tsx";
import { hashOf, type Route, useRoute } from "./route.ts";
import { SettingsPage } from "./settings/settings-page.tsx";
import { WhoPage } from "./settings/who-page.tsx";

/** The list of conversations beside the page that is open. */
export function MainFrame(): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const route = useRoute();
  const chats = useValue(store.chats);
  const unread = (chats ?? []).reduce((sum, chat) => sum + chat.unread, 0);
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${t("app")}` : t("app");
  }, [unread, t]);
  return (
    <div className="frame" data-open={route.page === "chats" ? "list" : "page"}>
      <div className="side">
        <header className="bar">
          <h1>{t("app")}</h1>
        </header>
        <ChatList selected={route.page === "chat" ? route.conversation : undefined} />
        <nav className="nav" aria-label={t("nav.label")}>
          {(["devices", "bridges", "who", "settings"] as const).map((page) => (
            <a className="button bare" key={page} href={hashOf({ page })} aria-current={route.page === page ? "page" : undefined}>
              {t(`nav.${page}`)}
            </a>
          ))}
        </nav>
      </div>
      <main className="page-slot">
        <RoutedPage route={route} />
      </main>
      <Notice />
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
      return <SettingsPage />;
    case "chats":
      return <p className="event">{t("talk.choose")}</p>;
    case "chat": {
      const chat = chats?.find(({ conversation }) => conversation === route.conversation);
      return chat ? <Conversation key={chat.conversation} chat={chat} /> : <p className="event">{t("loading")}</p>;
    }
  }
}

function Notice(): ReactElement | null {
  const { t } = useTranslation();
  const { store } = useApp();
  const notice = useValue(store.notice);
  return (
    <div role="status" aria-live="polite">
      {notice ? (
        <div className="notice">
          <span>{notice.message}</span>
          <Button onPress={() => store.notice.set(undefined)}>{t("close")}</Button>
        </div>
      ) : null}
    </div>
  );
}
