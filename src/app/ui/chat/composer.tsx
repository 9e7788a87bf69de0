import { type KeyboardEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import { useLabelWords } from "../../texts/use-label-words.ts";
import { Button } from "../common/button.tsx";
import { nameOf } from "../chats/chat-list.tsx";
import { useApp } from "../context.ts";

interface ComposerProps {
  chat: ChatRow;
  onSent(): void;
}

const DRAFT = "homeport-draft-";

export function Composer({ chat, onSent }: ComposerProps): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const { composerPlaceholder, longWords } = useLabelWords();
  const [text, setText] = useState(() => sessionStorage.getItem(DRAFT + chat.conversation) ?? "");
  const change = (value: string) => {
    setText(value);
    sessionStorage.setItem(DRAFT + chat.conversation, value);
  };
  const send = async () => {
    if (text.trim() === "") return;
    const given = text;
    change("");
    // What is shown to the person is the condition: a worse connection meanwhile sends nothing.
    const sent = await store.attempt(() =>
      store.client.call("send", { conversation: chat.conversation, text: given, minLabel: chat.label }),
    );
    if (sent) onSent();
    else change(given);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };
  const placeholder = composerPlaceholder(chat.label, nameOf(chat), chat.trust);
  return (
    <footer className="composer">
      <p className="small soft">{t("talk.labelNow", { words: longWords(chat.label, { trust: chat.trust }) })}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <textarea
          className="input"
          rows={1}
          aria-label={placeholder}
          placeholder={placeholder}
          value={text}
          onChange={(event) => change(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <Button kind="main" type="submit" isDisabled={text.trim() === ""}>
          {t("talk.send")}
        </Button>
      </form>
    </footer>
  );
}
