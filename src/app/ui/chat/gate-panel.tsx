import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import type { SecurityLabel, Trust } from "../../../security-labels/index.ts";
import { useLabelWords } from "../../texts/use-label-words.ts";
import { Button } from "../common/button.tsx";

interface GateProps {
  was: SecurityLabel;
  now: SecurityLabel;
  trust: Trust | undefined;
  /** For one message. */
  onOnce(): void;
  onAccept(): void;
}

/** The connection became worse: nothing is written before the person has decided. */
export function GatePanel({ was, now, trust, onOnce, onAccept }: GateProps): ReactElement {
  const { t } = useTranslation();
  const { shortWords } = useLabelWords();
  const words = { was: shortWords(was, trust), now: shortWords(now, trust) };
  return (
    <div role="alert" className="gate">
      <p>{t("gate.worse", words)}</p>
      <div className="row">
        <Button kind="bad" onPress={onOnce}>
          {t("gate.once", words)}
        </Button>
        <Button onPress={onAccept}>{t("gate.accept")}</Button>
      </div>
    </div>
  );
}
