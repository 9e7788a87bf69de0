import { Fragment, type ReactElement, useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Message } from "../../../api/messages.ts";
import { cleanText, type SecurityLabel, type Trust } from "../../../security-labels/index.ts";
import { useLabelWords } from "../../texts/use-label-words.ts";
import { Dialog } from "./dialog.tsx";
import { LabelMark } from "./label-mark.tsx";

interface LabelButtonProps {
  label: SecurityLabel;
  trust?: Trust | undefined;
  facts?: Message["facts"] | undefined;
  network?: string | undefined;
  peer?: string | undefined;
}

/** The label; a tap opens what was measured. */
export function LabelButton({ label, trust, facts, network, peer }: LabelButtonProps): ReactElement {
  const { t } = useTranslation();
  const { longWords, whereReadable } = useLabelWords();
  const [open, setOpen] = useState(false);
  const measured = facts && "link" in facts ? facts : undefined;
  return (
    <>
      <AriaButton className="label-button" onPress={() => setOpen(true)}>
        <LabelMark label={label} trust={trust} />
      </AriaButton>
      <Dialog title={t("label.facts")} isOpen={open} onClose={() => setOpen(false)}>
        <LabelMark label={label} trust={trust} />
        <p>{longWords(label, { facts: measured, trust, peer })}</p>
        <Facts facts={facts} network={network} />
        <div>
          <h3>{t("label.readable")}</h3>
          <ul>
            {whereReadable(label, { facts: measured, trust, peer }).map((place) => (
              <li key={place}>{place}</li>
            ))}
          </ul>
        </div>
      </Dialog>
    </>
  );
}

function Facts({ facts, network }: { facts: Message["facts"] | undefined; network: string | undefined }): ReactElement {
  const { t } = useTranslation();
  const { describeFacts } = useLabelWords();
  const lines = [
    ...(network === undefined ? [] : [{ name: t("label.network"), value: cleanText(network, 64) }]),
    ...(facts ? describeFacts(facts) : []),
  ];
  return (
    <dl className="facts">
      {lines.map(({ name, value }) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
