import { type ReactElement, useState } from "react";
import { ListBox, ListBoxItem } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { useValue } from "../../state/observable.ts";
import { useApp } from "../context.ts";
import { LabelMark } from "../common/label-mark.tsx";
import { go } from "../route.ts";

interface ChatListProps {
  selected: string | undefined;
}

export function ChatList({ selected }: ChatListProps): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const chats = useValue(store.chats);
  const [filter, setFilter] = useState("");
  const [only, setOnly] = useState<"all" | "unread" | "insecure">("all");
  const shown = (chats ?? []).filter((chat) => matches(chat, filter, only)).map((chat) => ({ ...chat, id: chat.conversation }));
  return (
    <div className="chats">
      <div className="stack" style={{ gap: "var(--space-2)" }}>
        <input
          className="input"
          type="search"
          aria-label={t("chats.filter")}
          placeholder={t("chats.filter")}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <div className="row small">
          <Toggle isOn={only === "unread"} onChange={(on) => setOnly(on ? "unread" : "all")} text={t("chats.unreadOnly")} />
          <Toggle isOn={only === "insecure"} onChange={(on) => setOnly(on ? "insecure" : "all")} text={t("chats.insecure")} />
        </div>
        {chats === undefined ? <p className="soft">{t("loading")}</p> : null}
        {chats?.length === 0 ? <p className="soft">{t("chats.none")}</p> : null}
        <ListBox
          aria-label={t("chats.title")}
          items={shown}
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
    </div>
  );
}

function Row({ chat }: { chat: ChatRow }): ReactElement {
  const { t } = useTranslation();
  const name = nameOf(chat);
  return (
    <ListBoxItem id={chat.conversation} className="chat" textValue={name}>
      <span className="name">
        <bdi>{name}</bdi>
      </span>
      {chat.unread > 0 ? (
        <span className="count" aria-label={t("chats.unread", { count: chat.unread })}>
          {chat.unread}
        </span>
      ) : (
        <span />
      )}
      <span className="line soft small">
        {chat.last ? (
          <>
            <bdi>{cleanText(chat.last.from, 32)}</bdi>: <bdi>{cleanText(chat.last.text, 120)}</bdi>
          </>
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

function Toggle({ isOn, onChange, text }: { isOn: boolean; onChange(on: boolean): void; text: string }): ReactElement {
  return (
    <label className="row" style={{ gap: "var(--space-1)" }}>
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} /> {text}
    </label>
  );
}

export function nameOf(chat: ChatRow): string {
  return cleanText(chat.name, 80) || chat.network;
}

function matches(chat: ChatRow, filter: string, only: "all" | "unread" | "insecure"): boolean {
  if (only === "unread" && chat.unread === 0) return false;
  if (only === "insecure" && chat.label !== "plaintext" && chat.label !== "server-reads") return false;
  return nameOf(chat).toLocaleLowerCase().includes(filter.trim().toLocaleLowerCase());
}
