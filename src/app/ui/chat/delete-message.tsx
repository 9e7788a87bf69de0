import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import type { Message } from "../../../api/messages.ts";
import { Sure } from "../common/sure.tsx";
import { useApp } from "../context.ts";

interface DeleteProps {
  message: Message;
  chat: ChatRow;
  onClose(): void;
}

/** What deleting means is said before it is done: it cannot be taken back. */
export function DeleteMessage({ message, chat, onClose }: DeleteProps): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const bridged = chat.network !== "homeport";
  const gone = message.from.self && (message.state === "queued" || message.state === "failed");
  const text = !bridged ? t("delete.own") : gone ? t("delete.unsent") : t("delete.network", { network: chat.network });
  return (
    <Sure
      isOpen
      title={t("delete.title")}
      text={text}
      action={t("delete.go")}
      onClose={onClose}
      onSure={() => void store.attempt(() => store.client.call("message.delete", { messages: [message.id] }))}
    />
  );
}
