import { type ReactElement, useEffect, useState } from "react";
import { ListBox, ListBoxItem } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { SearchHit } from "../../../api/search.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { snippetOf } from "../../state/snippet.ts";
import { momentText } from "../chat/times.ts";
import { Button } from "../common/button.tsx";
import { LabelMark } from "../common/label-mark.tsx";
import { useApp } from "../context.ts";
import { go } from "../route.ts";

const PAUSE_MS = 200;
const PAGE = 30;
const AGAIN_MS = 2000;

interface ResultsProps {
  words: string;
  /** Only in this one. */
  conversation?: string;
  onChosen?(): void;
}

interface Found {
  hits: readonly SearchHit[];
  next: string | null;
  complete: boolean;
}

/** Messages with these words, newest first; by what this device holds, also without a connection. */
export function SearchResults({ words, conversation, onChosen }: ResultsProps): ReactElement | null {
  const { t, i18n } = useTranslation();
  const { store } = useApp();
  const [found, setFound] = useState<Found>();
  const asked = words.trim();
  const params = { words: asked, limit: PAGE, ...(conversation === undefined ? {} : { conversation }) };
  useEffect(() => {
    setFound(undefined);
    if (asked.length < 2) return undefined;
    let wanted = true;
    const ask = async () => {
      const result = await store.attempt(() => store.client.call("search", params));
      if (!wanted || !result) return;
      setFound((before) => (before && before.hits.length > result.hits.length ? before : result));
      // What came in just now is being indexed: it is found in a moment.
      if (!result.complete) timer = setTimeout(() => void ask(), AGAIN_MS);
    };
    let timer = setTimeout(() => void ask(), PAUSE_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [asked, conversation, store]);
  if (asked.length < 2) return null;
  const more = () =>
    void store.attempt(async () => {
      if (!found?.next) return;
      const result = await store.client.call("search", { ...params, cursor: found.next });
      setFound({ ...result, hits: [...found.hits, ...result.hits] });
    });
  return (
    <section className="results" aria-label={t("search.results")}>
      <h2 className="list-title">{t("search.results")}</h2>
      <p role="status" className="small soft">
        {found === undefined
          ? t("search.running")
          : found.hits.length === 0
            ? t("search.nothing")
            : t("search.count", { count: found.hits.length })}
        {found?.complete === false ? ` ${t("search.incomplete")}` : ""}
      </p>
      {found && found.hits.length > 0 ? (
        <ListBox
          aria-label={t("search.results")}
          items={found.hits.map((hit) => ({ ...hit, id: hit.message.id }))}
          onAction={(key) => {
            const hit = found.hits.find(({ message }) => message.id === key);
            if (!hit) return;
            go({ page: "chat", conversation: hit.message.conversation, message: hit.message.id });
            onChosen?.();
          }}
        >
          {({ message, name, matches }) => (
            <ListBoxItem id={message.id} className="chat result" textValue={`${cleanText(name, 60)}: ${cleanText(message.text, 80)}`}>
              <span className="name">
                <bdi>{cleanText(name, 60)}</bdi>
              </span>
              <span className="small soft">{momentText(message.ts, i18n.language)}</span>
              <span className="line small">
                <bdi>{message.from.self ? t("talk.you") : cleanText(message.from.name, 32)}</bdi>:{" "}
                <bdi>
                  {snippetOf(message.text, matches).map((part, n) =>
                    part.match ? <mark key={n}>{part.text}</mark> : <span key={n}>{part.text}</span>,
                  )}
                </bdi>
              </span>
              <span />
              <LabelMark label={message.label} trust={message.trust ?? undefined} />
            </ListBoxItem>
          )}
        </ListBox>
      ) : null}
      {found?.next ? <Button onPress={more}>{t("search.older")}</Button> : null}
    </section>
  );
}
