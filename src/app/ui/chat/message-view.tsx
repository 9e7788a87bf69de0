import { memo, type MouseEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import type { Message } from "../../../api/messages.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { LabelButton } from "../common/label-button.tsx";
import { Button } from "../common/button.tsx";
import { FileList } from "./files.tsx";
import { linkify } from "./linkify.tsx";
import { DeliveryLine } from "./delivery-line.tsx";
import { Quote } from "./quote.tsx";
import { Reactions } from "./reactions.tsx";
import { clock, momentText } from "./times.ts";
import type { MessageActions } from "./use-actions.ts";

interface MessageViewProps {
  message: Message;
  chat: ChatRow;
  actions: MessageActions;
  /** The one of the list that Tab reaches. */
  isFocusable: boolean;
  onFocus(): void;
}

const LATE_MS = 10 * 60_000;

export const MessageView = memo(
  function MessageView(props: MessageViewProps): ReactElement {
    const { kind } = props.message;
    if (kind === "text" || kind === "action" || kind === "notice")
      return props.message.ignored ? <Folded {...props} /> : <Bubble {...props} />;
    return <Event {...props} kind={kind} />;
  },
  (a, b) => a.message === b.message && a.chat.network === b.chat.network && a.isFocusable === b.isFocusable && a.chat.can === b.chat.can,
);

function Event({ message, kind }: MessageViewProps & { kind: Exclude<Message["kind"], "text" | "action" | "notice"> }): ReactElement {
  const { t, i18n } = useTranslation();
  const name = cleanText(message.from.name, 64);
  const text = cleanText(message.text, 300);
  const happened = t(`talk.event.${kind}`, { name });
  return (
    <p className="event" data-kind={kind}>
      {message.deleted ? t("talk.deleted") : <bdi>{eventLine(kind, happened, text, i18n.language)}</bdi>} ·{" "}
      <time dateTime={new Date(message.ts).toISOString()}>{clock(message.ts, i18n.language)}</time>
    </p>
  );
}

/** The line that came with it is a whole one, in English; in other languages it comes after what happened. */
function eventLine(kind: Message["kind"], happened: string, text: string, language: string): string {
  if (text === "" || kind === "join") return happened;
  return language === "en" ? text : `${happened}: ${text}`;
}

/** Of somebody whom the person ignores: there, and shown when asked for. */
function Folded(props: MessageViewProps): ReactElement {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (open) return <Bubble {...props} />;
  return (
    <p className="event">
      {t("talk.ignoredMessage")}{" "}
      <Button kind="bare" onPress={() => setOpen(true)}>
        {t("talk.showIt")}
      </Button>
    </p>
  );
}

function Bubble({ message, chat, actions, isFocusable, onFocus }: MessageViewProps): ReactElement {
  const { t, i18n } = useTranslation();
  const { from, text, kind, label, facts, trust, ts, deleted } = message;
  const name = from.self ? t("talk.you") : cleanText(from.name, 64);
  const late = message.arrived - ts > LATE_MS;
  const openMenu = (event: MouseEvent<HTMLElement>) => {
    // What was selected is to be copied by the browser's own menu, and links have one.
    if (getSelection()?.isCollapsed === false || (event.target instanceof Element && event.target.closest("a"))) return;
    event.preventDefault();
    actions.menu(message, event.currentTarget.querySelector<HTMLElement>(".more") ?? event.currentTarget);
  };
  return (
    <article
      className="message"
      data-own={from.self || undefined}
      data-mention={message.mention}
      data-id={message.id}
      aria-label={`${name}, ${clock(ts, i18n.language)}`}
      tabIndex={isFocusable ? 0 : -1}
      onFocus={onFocus}
      onContextMenu={openMenu}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget || event.key !== "Enter") return;
        event.preventDefault();
        actions.menu(message, event.currentTarget.querySelector<HTMLElement>(".more") ?? event.currentTarget);
      }}
    >
      <div className="bubble">
        <div className="meta head">
          <strong>
            <bdi>{name}</bdi>
          </strong>
          {message.mention ? <span className="mention">{t("talk.mention")}</span> : null}
          {message.pinned ? <span>{t("talk.pinned")}</span> : null}
          <LabelButton label={label} facts={facts} trust={trust ?? undefined} network={chat.network} />
          <button
            type="button"
            className="more"
            aria-haspopup="menu"
            aria-label={t("talk.menuOf", { name })}
            onClick={(event) => actions.menu(message, event.currentTarget)}
          >
            <span aria-hidden="true">⋯</span>
          </button>
        </div>
        <Quote message={message} onJump={actions.jump} />
        {deleted ? (
          <em className="soft">{t("talk.deleted")}</em>
        ) : text === "" ? null : (
          <div className="text" dir="auto">
            {kind === "action" ? <em>{`${name} `}</em> : null}
            {linkify(text)}
          </div>
        )}
        {message.files && !deleted ? <FileList files={message.files} /> : null}
        <Reactions message={message} onReact={actions.react} />
        <div className="foot">
          <div className="meta">
            <time dateTime={new Date(ts).toISOString()} title={new Date(ts).toLocaleString(i18n.language)}>
              {clock(ts, i18n.language)}
            </time>
            {late ? (
              <span>{t("talk.late", { written: momentText(ts, i18n.language), arrived: momentText(message.arrived, i18n.language) })}</span>
            ) : null}
            {message.edited ? (
              <button type="button" className="link" onClick={() => actions.versions(message)}>
                {t("talk.edited")}
              </button>
            ) : null}
            {message.expires === undefined ? null : <span>{t("talk.expires", { when: momentText(message.expires, i18n.language) })}</span>}
          </div>
          {from.self && !deleted ? <DeliveryLine {...{ message, chat, actions }} /> : null}
        </div>
      </div>
    </article>
  );
}
