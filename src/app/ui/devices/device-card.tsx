import { type ReactElement, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { DeviceRow } from "../../../api/device.ts";
import { useValue } from "../../state/observable.ts";
import { Bin, Computer, Devices, Info, Phone, Snow, Sun } from "../common/icons.tsx";
import { type Action, MenuButton } from "../common/menu.tsx";
import { Badge } from "../common/states.tsx";
import { since } from "../common/times.ts";
import { useApp } from "../context.ts";
import { deviceName, type Standing } from "./words.ts";
import { DeviceDetails } from "./device-details.tsx";
import { LateMessages } from "./late-messages.tsx";
import { RevokeDialog } from "./revoke-dialog.tsx";

interface DeviceCardProps {
  device: DeviceRow;
  /** What the account says of it; undefined until it is known. */
  standing: Standing | undefined;
  mayRevoke: boolean;
  onChange(): void;
}

export function DeviceCard({ device, standing, mayRevoke, onChange }: DeviceCardProps): ReactElement {
  const { t } = useTranslation();
  const [open, setOpen] = useState<"details" | "revoke">();
  const name = deviceName(device);
  const actions = useActions(device, mayRevoke, setOpen, onChange);
  const close = () => setOpen(undefined);
  return (
    <article className="card" aria-label={name}>
      <div className="row" style={{ flexWrap: "nowrap" }}>
        <span className="soft device-icon">{iconOf(device)}</span>
        <div className="grow">
          <h2>
            <bdi>{name}</bdi>
          </h2>
          <Presence device={device} />
        </div>
        <MenuButton label={t("devices.actions", { name })} actions={actions} />
      </div>
      {device.state === "frozen" ? <p className="small">{t(`devices.why.${standing?.why.code ?? "frozen"}`)}</p> : null}
      {device.state === "revoked" ? <LateMessages device={device} onChange={onChange} /> : null}
      {open === "details" ? <DeviceDetails {...{ device, standing }} onClose={close} /> : null}
      {open === "revoke" ? <RevokeDialog device={device} onClose={close} onDone={onChange} /> : null}
    </article>
  );
}

function useActions(
  { device, self, state }: DeviceRow,
  mayRevoke: boolean,
  open: (what: "details" | "revoke") => void,
  onChange: () => void,
): Action[] {
  const { t } = useTranslation();
  const { store } = useApp();
  const call = (method: "device.freeze" | "device.unfreeze") => () =>
    void store.attempt(async () => {
      await store.client.call(method, { device });
      onChange();
    });
  const details: Action = { id: "details", label: t("devices.details"), icon: <Info />, onAction: () => open("details") };
  if (self || state === "revoked") return [details];
  const freeze: Action =
    state === "frozen"
      ? { id: "unfreeze", label: t("devices.unfreeze"), icon: <Sun />, onAction: call("device.unfreeze") }
      : { id: "freeze", label: t("devices.freeze"), icon: <Snow />, onAction: call("device.freeze") };
  const revoke: Action = { id: "revoke", label: t("devices.revoke"), icon: <Bin />, kind: "bad", onAction: () => open("revoke") };
  return [details, freeze, ...(mayRevoke ? [revoke] : [])];
}

/** Where it is now, and which way it is reached. */
function Presence({ device }: { device: DeviceRow }): ReactElement {
  const { t, i18n } = useTranslation();
  const { store } = useApp();
  const status = useValue(store.status);
  const peer = status?.peers.find((one) => one.device === device.device);
  const language = i18n.language;
  return (
    <span className="row small soft">
      {device.state === "admitted" ? null : (
        <Badge tone={device.state === "frozen" ? "warn" : "bad"}>{t(`devices.state.${device.state}`)}</Badge>
      )}
      {device.self ? <Badge tone="good">{t("devices.self")}</Badge> : null}
      {device.online ? <Badge tone="good">{t("devices.online")}</Badge> : null}
      <span>{words()}</span>
    </span>
  );

  function words(): string {
    if (device.self) return t(device.class === "browser" ? "devices.class.browser" : "devices.class.full");
    if (device.online) return peer ? t("devices.via", { way: t(`devices.way.${peer.via}`) }) : "";
    return device.lastSeen === null ? t("devices.never") : t("devices.seen", { when: since(device.lastSeen, language) });
  }
}

function iconOf({ class: kind, self }: DeviceRow): ReactNode {
  if (kind === "browser") return <Phone />;
  return self ? <Computer /> : <Devices />;
}
