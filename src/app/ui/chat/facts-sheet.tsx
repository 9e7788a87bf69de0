import { type ReactElement, type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MemberRow } from "../../../api/bridges.ts";
import type { ChatRow } from "../../../api/chats.ts";
import type { FileRow } from "../../../api/file-row.ts";
import type { Message } from "../../../api/messages.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { nameOf } from "../../state/chat-filter.ts";
import { saveName } from "../../state/file-words.ts";
import { useLabelWords } from "../../texts/use-label-words.ts";
import { Button } from "../common/button.tsx";
import { Dialog } from "../common/dialog.tsx";
import { LabelMark } from "../common/label-mark.tsx";
import { useApp } from "../context.ts";
import { go } from "../route.ts";
import { FileList } from "./files.tsx";
import { saveBlob } from "./picture-bytes.ts";
import { momentText } from "./times.ts";

const DAYS = [0, 7, 30, 90, 365] as const;
const MOST_MEMBERS = 500;
const MOST_FILES = 50;

interface SheetProps {
  chat: ChatRow;
  onClose(): void;
}

/** What is known of a conversation, and what holds for it. */
export function FactsSheet({ chat, onClose }: SheetProps): ReactElement {
  const { t } = useTranslation();
  const { longWords } = useLabelWords();
  const { store } = useApp();
  const { conversation, retention } = chat;
  const own = chat.network === "homeport";
  const members = useAsked(() => store.client.call("bridge.members", { conversation }), chat.account !== undefined);
  const files = useAsked<FileRow[]>(() => store.client.call("file.list", { conversation, limit: MOST_FILES }), own);
  const pins = useAsked<Message[]>(() => store.client.call("message.pins", { conversation }), true);
  const days = [...new Set<number>([...DAYS, ...(retention === undefined ? [] : [retention])])].sort((a, b) => a - b);
  const keep = (value: number) =>
    void store
      .attempt(() => store.client.call("chat.retention", { conversation, days: value === 0 ? null : value }))
      .then(() => store.refreshChats());
  return (
    <Dialog title={nameOf(chat)} isOpen onClose={onClose} size="large">
      <dl className="facts">
        <Row name={t("label.network")}>{chat.network}</Row>
        {chat.topic === undefined ? null : (
          <Row name={t("facts.topic")}>
            <bdi>{cleanText(chat.topic, 500)}</bdi>
          </Row>
        )}
        <Row name={t("facts.label")}>
          <LabelMark label={chat.label} trust={chat.trust} /> {longWords(chat.label, { trust: chat.trust })}
        </Row>
        <Row name={t("facts.unread")}>{chat.unread}</Row>
      </dl>
      <label className="field">
        {t("facts.retention")}
        <select className="input" value={retention ?? 0} onChange={(event) => keep(Number(event.target.value))}>
          {days.map((value) => (
            <option key={value} value={value}>
              {value === 0 ? t("facts.keep") : t("facts.days", { count: value })}
            </option>
          ))}
        </select>
        <span className="small soft">{t(own ? "facts.retentionOwn" : "facts.retentionNetwork")}</span>
      </label>
      {pins && pins.length > 0 ? <Pins pins={pins} onChosen={onClose} /> : null}
      {members ? <Members members={members} /> : null}
      {files && files.length > 0 ? (
        <section className="section">
          <h3>{t("files.title")}</h3>
          <FileList files={files} />
        </section>
      ) : null}
      <section className="section">
        <h3>{t("facts.export")}</h3>
        <p className="small soft">{t("facts.exportHow")}</p>
        <div className="row">
          <Button onPress={() => void store.attempt(() => exportChat(store, chat))}>{t("facts.exportGo")}</Button>
        </div>
      </section>
    </Dialog>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }): ReactElement {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Pins({ pins, onChosen }: { pins: readonly Message[]; onChosen(): void }): ReactElement {
  const { t, i18n } = useTranslation();
  return (
    <section className="section">
      <h3>{t("facts.pins")}</h3>
      <ul className="plain">
        {pins.map((pin) => (
          <li key={pin.id}>
            <button
              type="button"
              className="link"
              onClick={() => {
                onChosen();
                go({ page: "chat", conversation: pin.conversation, message: pin.id });
              }}
            >
              {momentText(pin.ts, i18n.language)}: <bdi>{cleanText(pin.text, 120)}</bdi>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Members({ members }: { members: readonly MemberRow[] }): ReactElement {
  const { t } = useTranslation();
  const sorted = members.toSorted((a, b) => a.name.localeCompare(b.name)).slice(0, MOST_MEMBERS);
  return (
    <details className="section">
      <summary>{t("facts.members", { count: members.length })}</summary>
      <ul className="plain members">
        {sorted.map(({ id, name, role }) => (
          <li key={id}>
            <bdi>{cleanText(name, 64)}</bdi> {role === undefined ? null : <span className="small soft">{cleanText(role, 32)}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Asked once; what cannot be told now, e.g. since the home PC is away, is left out. */
function useAsked<T>(ask: () => Promise<T>, wanted: boolean): T | undefined {
  const [value, setValue] = useState<T>();
  useEffect(() => {
    let here = true;
    if (wanted)
      ask().then(
        (answer) => here && setValue(() => answer),
        () => here && setValue(undefined),
      );
    return () => {
      here = false;
    };
  }, []);
  return value;
}

async function exportChat(store: ReturnType<typeof useApp>["store"], chat: ChatRow): Promise<void> {
  const lines: string[] = [];
  await store.client.call(
    "export",
    { conversation: chat.conversation },
    { onEvent: (message) => void lines.push(`${JSON.stringify(message)}\n`) },
  );
  saveBlob(new Blob(lines, { type: "application/x-ndjson" }), `${saveName(nameOf(chat))}.jsonl`);
}
