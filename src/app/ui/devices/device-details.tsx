import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import type { DeviceRow } from "../../../api/device.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { useValue } from "../../state/observable.ts";
import { CopyButton } from "../common/copy-button.tsx";
import { Actions, Dialog } from "../common/dialog.tsx";
import { dayAndTime } from "../common/times.ts";
import { useApp } from "../context.ts";
import { deviceName, type Standing } from "./words.ts";

interface DeviceDetailsProps {
  device: DeviceRow;
  standing: Standing | undefined;
  onClose(): void;
}

/** Fingerprint, and which operation put it in or out. */
export function DeviceDetails({ device, standing, onClose }: DeviceDetailsProps): ReactElement {
  const { t, i18n } = useTranslation();
  const { store } = useApp();
  const status = useValue(store.status);
  const peer = status?.peers.find((one) => one.device === device.device);
  const facts: [string, string | null | undefined][] = [
    [t("devices.fact.state"), t(`devices.state.${device.state}`)],
    [t("devices.fact.class"), t(`devices.class.${device.class}`)],
    [t("devices.fact.why"), standing && t(`devices.why.${standing.why.code}`)],
    [t("devices.fact.by"), standing && (standing.why.by.device === null ? t("devices.words") : cleanText(standing.why.by.name, 64))],
    [t("devices.fact.at"), standing === undefined || standing.why.at === null ? null : dayAndTime(standing.why.at, i18n.language)],
    [
      t("devices.fact.sponsor"),
      standing?.sponsor &&
        (standing.sponsor.device === null ? t("devices.words") : deviceName({ ...standing.sponsor, device: standing.sponsor.device })),
    ],
    [t("devices.fact.seen"), device.lastSeen === null ? null : dayAndTime(device.lastSeen, i18n.language)],
    [t("devices.fact.address"), peer && cleanText(peer.address, 200)],
  ];
  return (
    <Dialog title={deviceName(device)} isOpen onClose={onClose}>
      <dl className="facts">
        {facts.map(([name, value]) =>
          value ? (
            <div key={name} style={{ display: "contents" }}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
      <div className="stack tight">
        <h3>{t("devices.fingerprint")}</h3>
        <p className="small soft">{t("devices.fingerprintHow")}</p>
        <code className="fingerprint">{groups(device.device)}</code>
      </div>
      <Actions>
        <CopyButton text={device.device} words={t("devices.copyFingerprint")} />
      </Actions>
    </Dialog>
  );
}

/** In fours, so that two people can read it to each other. */
const groups = (id: string): string =>
  id
    .replace(/^dev_/, "")
    .match(/.{1,4}/g)
    ?.join(" ") ?? id;
