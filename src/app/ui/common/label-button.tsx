import { type ReactElement, useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Message } from "../../../api/messages.ts";
import { longWords, type SecurityFacts, type SecurityLabel, type Trust, whereReadable } from "../../../security-labels/index.ts";
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
        <Facts facts={measured} network={network} />
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

function Facts({ facts, network }: { facts: SecurityFacts | undefined; network: string | undefined }): ReactElement {
  const { t } = useTranslation();
  const link = facts?.link;
  const rows: [string, string | undefined][] = [
    [t("label.network"), network],
    [t("label.server"), link?.server],
    [t("label.link"), link && [link.kind, link.version, link.mechanism, link.via].filter(Boolean).join(" · ")],
    [t("label.certificate"), link?.certificate?.sha256],
    [t("label.issuer"), link?.certificate?.issuer],
    [t("label.measured"), link?.measuredBy],
  ];
  return (
    <dl className="facts">
      {rows.map(([name, value]) =>
        value === undefined || value === "" ? null : (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
