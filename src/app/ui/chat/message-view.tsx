import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "../../../api/messages.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { LabelButton } from "../common/label-button.tsx";
import { Button } from "../common/button.tsx";
import { useApp } from "../context.ts";
import { linkify } from "./linkify.tsx";

interface MessageViewProps {
  message: Message;
  network: string;
}

const LATE_MS = 10 * 60_000;

export function MessageView({ message, network }: MessageViewProps): ReactElement {
  switch (message.kind) {
    case "text":
    case "action":
    case "notice":
      return <Bubble message={message} network={network} />;
    default:
      return <Event message={message} kind={message.kind} />;
  }
}

function Event({ message, kind }: { message: Message; kind: Exclude<Message["kind"], "text" | "action" | "notice"> }): ReactElement {
  const { t } = useTranslation();
  const name = cleanText(message.from.name, 64);
  const text = cleanText(message.text, 300);
  return (
    <p className="event">
      {t(`talk.event.${kind}`, { name })}
      {text ? <bdi>: {text}</bdi> : null} · <Time ts={message.ts} />
    </p>
  );
}

function Bubble({ message, network }: MessageViewProps): ReactElement {
  const { t } = useTranslation();
  const { from, text, kind, label, facts, trust, state, reason } = message;
  const name = from.self ? t("talk.you") : cleanText(from.name, 64);
  const late = message.arrived - message.ts > LATE_MS;
  return (
    <article className="message" data-own={from.self || undefined} aria-label={name}>
      <div className="bubble">
        <div className="meta">
          <strong>
            <bdi>{name}</bdi>
          </strong>
          <LabelButton label={label} facts={facts} trust={trust ?? undefined} network={network} />
        </div>
        {message.deleted ? (
          <em className="soft">{t("talk.deleted")}</em>
        ) : (
          <div className="text" dir="auto">
            {kind === "action" ? <em>{`${name} `}</em> : null}
            {linkify(text)}
          </div>
        )}
        <div className="meta">
          <Time ts={message.ts} />
          {late ? <span>{t("talk.late", { written: clock(message.ts), arrived: clock(message.arrived) })}</span> : null}
          {message.edited ? <span>{t("talk.edited")}</span> : null}
          {from.self ? <span>{t(`talk.state.${state}`)}</span> : null}
        </div>
        {reason === undefined ? null : <p className="small">{reason}</p>}
        {state === "in-doubt" ? <Doubt id={message.id} /> : null}
      </div>
    </article>
  );
}

function Doubt({ id }: { id: string }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  return (
    <div className="row">
      <Button onPress={() => void store.attempt(() => store.client.call("outbox.resend", { id }))}>{t("talk.resend")}</Button>
      <Button onPress={() => void store.attempt(() => store.client.call("outbox.settle", { id }))}>{t("talk.settle")}</Button>
    </div>
  );
}

function Time({ ts }: { ts: number }): ReactElement {
  const date = new Date(ts);
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString()}>
      {clock(ts)}
    </time>
  );
}

function clock(ts: number): string {
  const date = new Date(ts);
  const today = new Date().toDateString() === date.toDateString();
  return today
    ? date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : date.toLocaleString([], { dateStyle: "short", timeStyle: "short" });
}
