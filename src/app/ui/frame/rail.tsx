import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { useValue } from "../../state/observable.ts";
import { Devices, Eye, Gear, Networks, Talks } from "../common/icons.tsx";
import { useApp } from "../context.ts";
import { hashOf, type PageName, PAGES, type Route } from "../route.ts";

const ICONS: Record<PageName, () => ReactElement> = { chats: Talks, bridges: Networks, devices: Devices, who: Eye, settings: Gear };
/** Of a network's account: something that the person has to do. */
const TROUBLE = new Set(["bad-credentials", "logged-out", "quarantined"]);

/** The way to every page: at the side, or at the bottom of a phone. */
export function Rail({ route }: { route: Route }): ReactElement {
  const { t } = useTranslation();
  const current = route.page === "chat" ? "chats" : route.page;
  return (
    <nav className="rail" aria-label={t("nav.label")}>
      {PAGES.map((page) => {
        const Icon = ICONS[page];
        return (
          <a
            key={page}
            className={["rail-item", page === "who" ? "at-end only-wide" : ""].join(" ")}
            href={hashOf({ page })}
            {...(current === page ? { "aria-current": "page" } : {})}
          >
            <Icon />
            <span className="rail-words">{t(`nav.${page}`)}</span>
            <Count page={page} />
          </a>
        );
      })}
    </nav>
  );
}

function Count({ page }: { page: PageName }): ReactElement | null {
  const { t } = useTranslation();
  const { store } = useApp();
  const chats = useValue(store.chats) ?? [];
  const status = useValue(store.status);
  if (page === "chats") {
    const unread = chats.reduce((sum, chat) => sum + (chat.muted ? 0 : chat.unread), 0);
    return unread === 0 ? null : <Mark count={unread} words={t("chats.unread", { count: unread })} />;
  }
  const trouble =
    page === "devices"
      ? (status?.notices.length ?? 0)
      : page === "bridges"
        ? (status?.bridges.filter(({ state }) => TROUBLE.has(state)).length ?? 0)
        : 0;
  return trouble === 0 ? null : <Mark count={trouble} words={t("nav.attention", { count: trouble })} tone="bad" />;
}

function Mark({ count, words, tone }: { count: number; words: string; tone?: "bad" }): ReactElement {
  return (
    <span className="rail-count" {...(tone ? { "data-tone": tone } : {})}>
      <span aria-hidden="true">{count > 99 ? "99+" : count}</span>
      <span className="hidden-visually">{words}</span>
    </span>
  );
}
