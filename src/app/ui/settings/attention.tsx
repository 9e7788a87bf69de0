import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { IgnoredRow } from "../../../api/chats.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { Button } from "../common/button.tsx";
import { Field } from "../common/field.tsx";
import { Section } from "../common/page.tsx";
import { useApp } from "../context.ts";
import { SectionPage } from "./section-page.tsx";

/** Which words name the person, and whom they ignore: the same on all own devices. */
export function Attention(): ReactElement {
  return (
    <SectionPage id="attention">
      <Highlights />
      <Ignored />
    </SectionPage>
  );
}

function Highlights(): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [words, setWords] = useState<readonly string[]>();
  const [word, setWord] = useState("");
  useEffect(() => {
    void store.attempt(async () => setWords((await store.client.call("highlights", {})).words));
  }, [store]);
  const save = (next: readonly string[]) =>
    store.attempt(async () => setWords((await store.client.call("highlights", { words: [...next] })).words));
  const add = (event: { preventDefault(): void }) => {
    event.preventDefault();
    if (word.trim() === "") return;
    void save([...(words ?? []), word]).then((saved) => saved !== undefined || setWord(""));
  };
  return (
    <Section title={t("attention.words")} note={t("attention.wordsWhat")}>
      <ul className="plain">
        {(words ?? []).map((one) => (
          <li key={one} className="row">
            <bdi>{cleanText(one, 64)}</bdi>
            <Button
              kind="bare"
              label={t("attention.remove", { name: cleanText(one, 64) })}
              onPress={() => void save((words ?? []).filter((other) => other !== one))}
            >
              {t("attention.removeShort")}
            </Button>
          </li>
        ))}
      </ul>
      <form className="row" onSubmit={add}>
        <Field label={t("attention.word")} value={word} onChange={setWord} />
        <Button type="submit" isDisabled={word.trim() === ""}>
          {t("attention.add")}
        </Button>
      </form>
    </Section>
  );
}

function Ignored(): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [people, setPeople] = useState<readonly IgnoredRow[]>();
  useEffect(() => {
    void store.attempt(async () => setPeople(await store.client.call("ignore.list", {})));
  }, [store]);
  const forget = ({ account, user }: IgnoredRow) =>
    void store.attempt(async () => {
      await store.client.call("ignore.set", { account, user, on: false });
      setPeople(await store.client.call("ignore.list", {}));
    });
  return (
    <Section title={t("attention.ignored")} note={t("attention.ignoredWhat")}>
      {people?.length === 0 ? <p className="soft">{t("attention.nobody")}</p> : null}
      <ul className="plain">
        {(people ?? []).map((person) => (
          <li key={`${person.account} ${person.user}`} className="row">
            <bdi>{cleanText(person.name, 64)}</bdi>
            <Button kind="bare" label={t("attention.remove", { name: cleanText(person.name, 64) })} onPress={() => forget(person)}>
              {t("attention.removeShort")}
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
