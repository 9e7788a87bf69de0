import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../common/button.tsx";
import { Actions } from "../common/dialog.tsx";
import { Field } from "../common/field.tsx";
import { Banner } from "../common/states.tsx";

/** Asked back: enough to show that they were written down, few enough to be typed. */
const ASKED = 3;

/** Shows new words, and asks some of them back before they hold. */
export function NewWords({ words, onHave }: { words: string; onHave(): void }): ReactElement {
  const { t } = useTranslation();
  const list = words.split(" ");
  const [places] = useState(() => choose(list.length));
  const [asking, setAsking] = useState(false);
  const [given, setGiven] = useState<Record<number, string>>({});
  const isRight = (place: number) => (given[place] ?? "").trim().toLowerCase() === list[place];
  if (!asking)
    return (
      <>
        <Banner tone="warn">{t("recovery.write")}</Banner>
        <ol className="words-grid" aria-label={t("recovery.words")}>
          {list.map((word, place) => (
            // A word may stand there twice.
            <li key={`${place} ${word}`} lang="en">
              {word}
            </li>
          ))}
        </ol>
        <Actions>
          <Button kind="main" onPress={() => setAsking(true)}>
            {t("recovery.written")}
          </Button>
        </Actions>
      </>
    );
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onHave();
      }}
    >
      <p>{t("recovery.back")}</p>
      {places.map((place) => (
        <Field
          key={place}
          label={t("recovery.word", { place: place + 1 })}
          value={given[place] ?? ""}
          onChange={(value) => setGiven((before) => ({ ...before, [place]: value }))}
          isRequired
        />
      ))}
      <Actions>
        <Button onPress={() => setAsking(false)}>{t("recovery.again")}</Button>
        <Button kind="main" type="submit" isDisabled={!places.every(isRight)}>
          {t("recovery.have")}
        </Button>
      </Actions>
    </form>
  );
}

/** Some places, in order. */
function choose(count: number): number[] {
  const places = new Set<number>();
  while (places.size < ASKED) places.add((crypto.getRandomValues(new Uint32Array(1))[0] as number) % count);
  return [...places].sort((a, b) => a - b);
}
