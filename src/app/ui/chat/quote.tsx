import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "../../../api/messages.ts";
import { cleanText } from "../../../security-labels/index.ts";

/** What a message answers; pressing it leads there. */
export function Quote({ message, onJump }: { message: Message; onJump(id: string): void }): ReactElement | null {
  const { t } = useTranslation();
  const { replyTo, replyGone, quote } = message;
  if (replyTo === undefined || message.deleted) return null;
  if (replyGone) return <p className="quote soft">{t(`talk.replyGone.${replyGone}`)}</p>;
  const name = quote ? (quote.self ? t("talk.you") : cleanText(quote.from, 64)) : "";
  return (
    <button type="button" className="quote" onClick={() => onJump(replyTo)}>
      <span className="hidden-visually">{t("talk.answers")} </span>
      {quote ? (
        <>
          <strong>
            <bdi>{name}</bdi>
          </strong>{" "}
          <bdi>{cleanText(quote.text, 120)}</bdi>
        </>
      ) : (
        t("talk.replyAway")
      )}
    </button>
  );
}
