import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import { nameOf } from "../../state/chat-filter.ts";
import { Button } from "../common/button.tsx";
import { Actions, Dialog } from "../common/dialog.tsx";
import { useApp } from "../context.ts";
import { go } from "../route.ts";

interface DeleteProps {
  chat: ChatRow;
  onClose(): void;
}

/** What is deleted, where, and what becomes of later messages; it cannot be undone. */
export function DeleteChat({ chat, onClose }: DeleteProps): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [block, setBlock] = useState(false);
  const bridged = chat.network !== "homeport";
  const run = () => {
    onClose();
    void store.attempt(async () => {
      await store.client.call("chat.delete", { conversation: chat.conversation, later: block ? "block" : "reopen" });
      store.talks.forget(chat.conversation);
      await store.refreshChats();
      go({ page: "chats" });
    });
  };
  return (
    <Dialog title={t("delete.chatTitle", { name: nameOf(chat) })} isOpen role="alertdialog" onClose={onClose}>
      <p>{t("delete.chat")}</p>
      {bridged ? <p>{t("delete.chatNetwork", { network: chat.network })}</p> : null}
      {bridged ? (
        <label className="row">
          <input type="checkbox" checked={block} onChange={(event) => setBlock(event.target.checked)} /> {t("delete.block")}
        </label>
      ) : null}
      <Actions>
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button kind="bad" onPress={run}>
          {t("delete.go")}
        </Button>
      </Actions>
    </Dialog>
  );
}
