import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { useValue } from "../../state/observable.ts";
import { nameOf } from "../../state/chat-filter.ts";
import { Section } from "../common/page.tsx";
import { RowLink, Rows } from "../common/rows.tsx";
import { Waiting } from "../common/states.tsx";
import { bytesText } from "../common/times.ts";
import { useApp } from "../context.ts";
import { SectionPage } from "./section-page.tsx";

/** What is kept, how much room it takes, and which conversations let go of their messages. */
export function Storage(): ReactElement {
  const { t, i18n } = useTranslation();
  const { store, isBrowser } = useApp();
  const status = useValue(store.status);
  const fading = (useValue(store.chats) ?? []).filter(({ retention }) => retention !== undefined);
  if (!status)
    return (
      <SectionPage id="storage">
        <Waiting />
      </SectionPage>
    );
  const { entries, bytes } = status.storage;
  return (
    <SectionPage id="storage">
      <dl className="facts card">
        <dt>{t("storage.entries")}</dt>
        <dd>{entries.toLocaleString(i18n.language)}</dd>
        <dt>{t("storage.database")}</dt>
        <dd>{bytesText(bytes, i18n.language)}</dd>
      </dl>
      {isBrowser ? null : <p className="soft small">{t("storage.nodeHow")}</p>}
      <Section title={t("storage.retention")} note={t("storage.retentionHow")}>
        {fading.length === 0 ? (
          <p className="soft">{t("storage.allKept")}</p>
        ) : (
          <Rows>
            {fading.map((chat) => (
              <RowLink
                key={chat.conversation}
                title={nameOf(chat)}
                text={t("storage.days", { count: chat.retention })}
                to={{ page: "chat", conversation: chat.conversation }}
              />
            ))}
          </Rows>
        )}
      </Section>
    </SectionPage>
  );
}
