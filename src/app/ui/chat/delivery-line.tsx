import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import type { Message } from "../../../api/messages.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { useLabelWords } from "../../texts/use-label-words.ts";
import { Button } from "../common/button.tsx";
import { useApp } from "../context.ts";
import type { MessageActions } from "./use-actions.ts";

interface DeliveryProps {
  message: Message;
  chat: ChatRow;
  actions: MessageActions;
}

/** What became of an own message, and what can be done about it. */
export function DeliveryLine({ message, chat, actions }: DeliveryProps): ReactElement {
  const { t } = useTranslation();
  const { shortWords } = useLabelWords();
  const { store } = useApp();
  const { state, reason, code, id } = message;
  return (
    <>
      <div className="meta">
        <span className="state" data-state={state}>
          {t(`talk.state.${state}`)}
        </span>
        {(message.unsent ?? []).map((waiting) => (
          <span key={waiting.id}>
            {t(`talk.unsent.${waiting.what}`, { text: cleanText(waiting.text, 60), state: t(`talk.state.${waiting.state}`) })}
          </span>
        ))}
      </div>
      {reason === undefined ? null : <p className="small">{cleanText(reason, 300)}</p>}
      {state === "in-doubt" ? (
        <div className="row">
          <Button onPress={() => void store.attempt(() => store.client.call("outbox.resend", { id }))}>{t("talk.resend")}</Button>
          <Button onPress={() => void store.attempt(() => store.client.call("outbox.settle", { id }))}>{t("talk.settle")}</Button>
        </div>
      ) : null}
      {state === "failed" ? (
        <div className="row">
          {code === "insecure" ? (
            <Button kind="bad" onPress={() => actions.again(message, true)}>
              {t("talk.sendAnyway", { words: shortWords(chat.label, chat.trust) })}
            </Button>
          ) : (
            <Button onPress={() => actions.again(message, false)}>{t("talk.again")}</Button>
          )}
          <Button onPress={() => actions.discard(message)}>{t("talk.discard")}</Button>
        </div>
      ) : null}
      {state === "queued" ? (
        <Button kind="bare" onPress={() => actions.discard(message)}>
          {t("talk.takeBack")}
        </Button>
      ) : null}
    </>
  );
}
