import type { TFunction } from "i18next";
import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { DeviceRow } from "../../../api/device.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { useValue } from "../../state/observable.ts";
import { Button } from "../common/button.tsx";
import { Page } from "../common/page.tsx";
import { Sure } from "../common/sure.tsx";
import { useApp } from "../context.ts";
import { LinkDialog } from "./link-dialog.tsx";

export function DevicesPage(): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const devices = useValue(store.devices);
  const [linking, setLinking] = useState(false);
  useEffect(() => {
    void store.attempt(() => store.refreshDevices());
  }, [store]);
  const self = devices?.find((device) => device.self);
  return (
    <Page title={t("devices.title")}>
      {self?.class === "browser" ? null : (
        <div>
          <Button kind="main" onPress={() => setLinking(true)}>
            {t("devices.link")}
          </Button>
        </div>
      )}
      {devices === undefined ? <p className="soft">{t("loading")}</p> : null}
      {devices?.map((device) => (
        <DeviceCard key={device.device} device={device} mayRevoke={self?.class !== "browser"} />
      ))}
      {linking ? (
        <LinkDialog
          onClose={() => {
            setLinking(false);
            void store.attempt(() => store.refreshDevices());
          }}
        />
      ) : null}
    </Page>
  );
}

function DeviceCard({ device, mayRevoke }: { device: DeviceRow; mayRevoke: boolean }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [sure, setSure] = useState(false);
  const act = (method: "device.freeze" | "device.unfreeze" | "device.revoke") =>
    void store.attempt(async () => {
      await store.client.call(method, { device: device.device });
      await store.refreshDevices();
    });
  const name = cleanText(device.name, 64) || device.device;
  return (
    <article className="card" aria-label={name}>
      <div className="row spread">
        <h2>
          <bdi>{name}</bdi>
        </h2>
        <span className="soft small">{t(`devices.state.${device.state}`)}</span>
      </div>
      <p className="soft small">{presence(device, t)}</p>
      <code className="small soft">{device.device}</code>
      {device.self || device.state === "revoked" ? null : (
        <div className="row">
          {device.state === "frozen" ? (
            <Button onPress={() => act("device.unfreeze")}>{t("devices.unfreeze")}</Button>
          ) : (
            <Button onPress={() => act("device.freeze")}>{t("devices.freeze")}</Button>
          )}
          {mayRevoke ? (
            <Button kind="bad" onPress={() => setSure(true)}>
              {t("devices.revoke")}
            </Button>
          ) : null}
        </div>
      )}
      <Sure
        isOpen={sure}
        title={t("devices.revoke")}
        text={t("devices.revokeSure", { name })}
        action={t("devices.revoke")}
        onClose={() => setSure(false)}
        onSure={() => act("device.revoke")}
      />
    </article>
  );
}

function presence(device: DeviceRow, t: TFunction): string {
  if (device.self) return t("devices.self");
  if (device.online) return t("devices.online");
  return device.lastSeen === null ? t("devices.never") : t("devices.seen", { when: new Date(device.lastSeen).toLocaleString() });
}
