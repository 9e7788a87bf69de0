import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { nameOf } from "../../state/chat-filter.ts";
import { SearchResults } from "../chats/search-results.tsx";
import { useChatActions } from "../chats/use-chat-actions.tsx";
import { Button, IconButton } from "../common/button.tsx";
import { Actions, Dialog } from "../common/dialog.tsx";
import { Field } from "../common/field.tsx";
import { Search } from "../common/icons.tsx";
import { LabelButton } from "../common/label-button.tsx";
import { type Action, MenuButton } from "../common/menu.tsx";
import { PageHeader } from "../common/page.tsx";
import { useApp } from "../context.ts";

/** Who or what one talks to, under which label, and what can be done with the conversation. */
export function ChatHeader({ chat }: { chat: ChatRow }): ReactElement {
  const { t } = useTranslation();
  const { actions, dialogs } = useChatActions(chat);
  const [searching, setSearching] = useState(false);
  const [dating, setDating] = useState(false);
  const jump: Action = { id: "date", label: t("talk.toDate"), onAction: () => setDating(true) };
  return (
    <>
      <PageHeader title={<bdi>{nameOf(chat)}</bdi>} level={2} back={{ page: "chats" }}>
        {chat.topic === undefined ? null : (
          <bdi className="topic soft small" title={cleanText(chat.topic, 500)}>
            {cleanText(chat.topic, 200)}
          </bdi>
        )}
        <LabelButton label={chat.label} trust={chat.trust} network={chat.network} facts={undefined} />
        <IconButton label={t("search.inChat")} icon={<Search />} onPress={() => setSearching(!searching)} />
        <MenuButton label={t("chats.menuOf", { name: nameOf(chat) })} actions={[jump, ...actions]} />
      </PageHeader>
      {searching ? <SearchIn chat={chat} onClose={() => setSearching(false)} /> : null}
      {dating ? <ToDate chat={chat} onClose={() => setDating(false)} /> : null}
      {dialogs}
    </>
  );
}

function SearchIn({ chat, onClose }: { chat: ChatRow; onClose(): void }): ReactElement {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  return (
    <Dialog title={t("search.inChat")} isOpen onClose={onClose}>
      <Field label={t("search.words")} type="search" value={words} onChange={setWords} help={t("search.help")} />
      <SearchResults words={words} conversation={chat.conversation} onChosen={onClose} />
    </Dialog>
  );
}

function ToDate({ chat, onClose }: { chat: ChatRow; onClose(): void }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [date, setDate] = useState("");
  return (
    <Dialog title={t("talk.toDate")} isOpen onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const time = new Date(`${date}T00:00`).getTime();
          if (!Number.isFinite(time) || time < 0) return;
          onClose();
          void store.talks.open(chat.conversation, { at: "time", time });
        }}
      >
        <label className="field">
          {t("talk.date")}
          <input type="date" className="input" required value={date} onChange={(event) => setDate(event.target.value)} />
        </label>
        <Actions>
          <Button kind="main" type="submit">
            {t("talk.go")}
          </Button>
        </Actions>
      </form>
    </Dialog>
  );
}
