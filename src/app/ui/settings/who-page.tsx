import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { LABELS } from "../../../security-labels/index.ts";
import { useLabelWords } from "../../texts/use-label-words.ts";
import { useValue } from "../../state/observable.ts";
import { nameOf } from "../../state/chat-filter.ts";
import { LabelMark } from "../common/label-mark.tsx";
import { Page } from "../common/page.tsx";
import { useApp } from "../context.ts";

/** Explains every label, with the person's own conversations as the examples. */
export function WhoPage(): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const { longWords, whereReadable } = useLabelWords();
  const chats = useValue(store.chats) ?? [];
  return (
    <Page title={t("who.title")} back={{ page: "settings" }}>
      <p>{t("who.intro")}</p>
      {LABELS.map((label) => {
        const yours = chats.filter((chat) => chat.label === label).slice(0, 8);
        return (
          <article className="card" key={label}>
            <div>
              <LabelMark label={label} />
            </div>
            <p>{longWords(label)}</p>
            <div>
              <h3>{t("label.readable")}</h3>
              <ul>
                {whereReadable(label).map((place) => (
                  <li key={place}>{place}</li>
                ))}
              </ul>
            </div>
            {yours.length === 0 ? null : (
              <p className="small soft">
                {t("who.yours")}: {yours.map((chat) => `${nameOf(chat)} (${chat.network})`).join(", ")}
              </p>
            )}
          </article>
        );
      })}
    </Page>
  );
}
