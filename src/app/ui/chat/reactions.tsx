import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "../../../api/messages.ts";
import { cleanText } from "../../../security-labels/index.ts";

interface ReactionsProps {
  message: Message;
  onReact(message: Message, emoji: string, on: boolean): void;
}

export function Reactions({ message, onReact }: ReactionsProps): ReactElement | null {
  const { t } = useTranslation();
  const { reactions = [] } = message;
  if (reactions.length === 0 || message.deleted) return null;
  return (
    <div className="reactions" role="group" aria-label={t("talk.reactions")}>
      {reactions.map(({ emoji, count, self }) => {
        const shown = cleanText(emoji, 16);
        return (
          <button
            type="button"
            key={emoji}
            aria-pressed={self}
            aria-label={t(self ? "talk.reactionTake" : "talk.reactionAdd", { emoji: shown, count })}
            onClick={() => onReact(message, emoji, !self)}
          >
            <bdi>{shown}</bdi> {count}
          </button>
        );
      })}
    </div>
  );
}
