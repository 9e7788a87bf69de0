import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import type { Above } from "../../state/dividers.ts";
import { useLabelWords } from "../../texts/use-label-words.ts";
import { dayText } from "./times.ts";

/** What stands above a message: a new day, the first unread one, another label. */
export function Dividers({ above: { day, unread, label } }: { above: Above }): ReactElement {
  const { t, i18n } = useTranslation();
  const { shortWords } = useLabelWords();
  return (
    <>
      {day === undefined ? null : <div className="divider">{dayText(day, i18n.language)}</div>}
      {label === undefined ? null : (
        <div className="divider" data-kind="label">
          {t("talk.labelChanged", { words: shortWords(label.label, label.trust ?? undefined) })}
        </div>
      )}
      {unread ? (
        <div className="divider" data-kind="unread">
          {t("talk.newMessages")}
        </div>
      ) : null}
    </>
  );
}
