import type { ReactElement } from "react";
import type { SecurityLabel, Trust } from "../../../security-labels/index.ts";
import { useLabelWords } from "../../texts/use-label-words.ts";
import { Devices, Eye, HouseLock, OpenLockSlashed } from "./icons.tsx";

interface LabelProps {
  label: SecurityLabel;
  trust?: Trust | undefined;
}

function iconOf(label: SecurityLabel): ReactElement {
  switch (label) {
    case "server-reads":
      return <Eye />;
    case "e2ee-at-bridge":
      return <HouseLock />;
    case "e2ee-device":
      return <Devices />;
    default:
      return <OpenLockSlashed />;
  }
}

/** Mark and words; the same everywhere a label is shown. */
export function LabelMark({ label, trust }: LabelProps): ReactElement {
  const { shortWords } = useLabelWords();
  return (
    <span className="label" data-label={label}>
      {iconOf(label)}
      {shortWords(label, trust)}
    </span>
  );
}
