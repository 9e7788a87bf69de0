import { type MouseEvent, type ReactElement, useState } from "react";
import { ListBox, ListBoxItem } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { EVERYTHING, filterChats, foldersOf, nameOf } from "../../state/chat-filter.ts";
import { useValue } from "../../state/observable.ts";
import { Button } from "../common/button.tsx";
import { LabelMark } from "../common/label-mark.tsx";
import { useApp } from "../context.ts";
import { go } from "../route.ts";
import { ChatMenu } from "./chat-menu.tsx";
import { SearchResults } from "./search-results.tsx";

interface ChatListProps {
  selected: string | undefined;
}

/** The conversations of all networks, and what is found in them. */
export function ChatList({ selected }: ChatListProps): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const chats = useValue(store.chats);
  const bridges = useValue(store.bridges);
  const [filter, setFilter] = useState(EVERYTHING);
  const [menu, setMenu] = useState<{ chat: ChatRow; anchor: HTMLElement }>();
  const archived = (chats ?? []).filter((chat) => chat.archived).length;
  const shown = filterChats(chats ?? [], { ...filter, archived: filter.archived && archived > 0 }).map((chat) => ({
    ...chat,
    id: chat.conversation,
  }));
  const folders = foldersOf(chats ?? []);
  const unread = (chats ?? []).some((chat) => chat.unread > 0);
  const toggle = (only: "unread" | "insecure") => (on: boolean) => setFilter({ ...filter, only: on ? only : "all" });
  const folderName = (id: string, network: string) =>
    network === "homeport" ? t("app") : cleanText(bridges?.find(({ account }) => account === id)?.name ?? network, 40);
  const openMenu = (event: MouseEvent<HTMLElement>) => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-key]") : null;
    const chat = shown.find(({ conversation }) => conversation === row?.dataset.key);
    if (!row || !chat) return;
    event.preventDefault();
    setMenu({ chat, anchor: row });
  };
  return (
    <div className="chats">
      <div className="stack tight">
        <input
          className="input"
          type="search"
          aria-label={t("chats.filter")}
          placeholder={t("chats.filter")}
          value={filter.words}
          onChange={(event) => setFilter({ ...filter, words: event.target.value })}
        />
        <div className="row small folders">
          {folders.length > 1 ? (
            <select
              className="input folder"
              aria-label={t("chats.folder")}
              value={filter.folder ?? ""}
              onFocus={() => void store.attempt(() => store.refreshBridges())}
              onChange={(event) => setFilter({ ...filter, folder: event.target.value || undefined })}
            >
              <option value="">{t("chats.allFolders")}</option>
              {folders.map(({ id, network, unread: count }) => (
                <option key={id} value={id}>
                  {folderName(id, network)}
                  {count > 0 ? ` (${count})` : ""}
                </option>
              ))}
            </select>
          ) : null}
          {unread ? (
            <Button
              kind="bare"
              onPress={() => void store.attempt(() => store.client.call("chats.mark", {})).then(() => store.refreshChats())}
            >
              {t("chats.markAll")}
            </Button>
          ) : null}
        </div>
        <div className="row small">
          <Toggle isOn={filter.only === "unread"} onChange={toggle("unread")} text={t("chats.unreadOnly")} />
          <Toggle isOn={filter.only === "insecure"} onChange={toggle("insecure")} text={t("chats.insecure")} />
        </div>
        {chats === undefined ? <p className="soft">{t("loading")}</p> : null}
        {chats?.length === 0 ? <p className="soft">{t("chats.none")}</p> : null}
        <div onContextMenu={openMenu}>
          <ListBox
            aria-label={t("chats.title")}
            items={shown}
            dependencies={[selected]}
            selectionMode="single"
            selectedKeys={selected === undefined ? [] : [selected]}
            onAction={(key) => go({ page: "chat", conversation: String(key) })}
            onSelectionChange={(keys) => {
              const [key] = keys === "all" ? [] : keys;
              if (key !== undefined) go({ page: "chat", conversation: String(key) });
            }}
          >
            {(chat) => <Row chat={chat} />}
          </ListBox>
        </div>
        {archived > 0 && filter.words === "" ? (
          <Button kind="bare" onPress={() => setFilter({ ...filter, archived: !filter.archived })}>
            {filter.archived ? t("chats.hideArchived") : t("chats.showArchived", { count: archived })}
          </Button>
        ) : null}
        <SearchResults words={filter.words} />
      </div>
      {menu ? <ChatMenu key={menu.chat.conversation} {...menu} onClose={() => setMenu(undefined)} /> : null}
    </div>
  );
}

function Row({ chat }: { chat: ChatRow }): ReactElement {
  const { t } = useTranslation();
  const name = nameOf(chat);
  const { unread, mentions, muted, pinned, draft, last } = chat;
  return (
    <ListBoxItem id={chat.conversation} className="chat" textValue={name} data-muted={muted || undefined}>
      <span className="name">
        <bdi>{name}</bdi>
        {pinned ? <span className="tag">{t("chats.isPinned")}</span> : null}
        {muted ? <span className="tag">{t("chats.isMuted")}</span> : null}
        {chat.archived ? <span className="tag">{t("chats.isArchived")}</span> : null}
      </span>
      <span className="counts">
        {mentions > 0 ? (
          <span className="count" data-kind="mention" role="img" aria-label={t("chats.mentions", { count: mentions })}>
            @{mentions > 1 ? mentions : ""}
          </span>
        ) : null}
        {unread > 0 ? (
          <span className="count" role="img" aria-label={t("chats.unread", { count: unread })}>
            {unread}
          </span>
        ) : null}
      </span>
      <span className="line soft small">
        {draft !== undefined ? (
          <>
            <em>{t("chats.draft")}</em> <bdi>{cleanText(draft, 120)}</bdi>
          </>
        ) : last ? (
          <LastLine last={last} />
        ) : (
          chat.network
        )}
      </span>
      <span />
      <span>
        <LabelMark label={chat.label} trust={chat.trust} />
      </span>
    </ListBoxItem>
  );
}

/** Who said it stands in front of what was said; what merely happened says so itself. */
function LastLine({ last }: { last: NonNullable<ChatRow["last"]> }): ReactElement {
  const { t } = useTranslation();
  const isSaid = last.kind === "text" || last.kind === "action" || last.kind === "notice";
  return (
    <>
      {isSaid ? (
        <>
          <bdi>{last.self ? t("talk.you") : cleanText(last.from, 32)}</bdi>:{" "}
        </>
      ) : null}
      <bdi>{cleanText(last.text, 120)}</bdi>
    </>
  );
}

function Toggle({ isOn, onChange, text }: { isOn: boolean; onChange(on: boolean): void; text: string }): ReactElement {
  return (
    <label className="row check">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} /> {text}
    </label>
  );
}
