import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Account } from "../../../api/account.ts";
import type { DeviceRow } from "../../../api/device.ts";
import { useValue } from "../../state/observable.ts";
import { Button } from "../common/button.tsx";
import { Plus } from "../common/icons.tsx";
import { Page, Section } from "../common/page.tsx";
import { Banner, Waiting } from "../common/states.tsx";
import { useCall } from "../common/use-call.ts";
import { useApp } from "../context.ts";
import { DeviceCard } from "./device-card.tsx";
import { LinkDialog } from "./link-dialog.tsx";
import { Notices } from "./notices.tsx";

const REFRESH_MS = 4000;

export function DevicesPage(): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const devices = useValue(store.devices);
  const { value: account, again } = useCall("account.show", {});
  const [linking, setLinking] = useState(false);
  useEffect(() => {
    const refresh = () => void store.attempt(() => store.refreshDevices());
    refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => clearInterval(timer);
  }, [store]);
  const refresh = () => void store.attempt(async () => Promise.all([store.refreshDevices(), store.refreshStatus(), again()]));
  const isBrowser = devices?.find((device) => device.self)?.class === "browser";
  return (
    <Page
      title={t("devices.title")}
      actions={
        isBrowser || devices === undefined ? null : (
          <Button kind="main" onPress={() => setLinking(true)}>
            <Plus />
            {t("devices.link")}
          </Button>
        )
      }
    >
      <Notices onChange={refresh} />
      <p className="soft">{t("devices.intro")}</p>
      {isBrowser ? <Banner>{t("devices.browserMay")}</Banner> : null}
      {devices === undefined ? <Waiting /> : <Lists {...{ devices, account }} mayRevoke={!isBrowser} onChange={refresh} />}
      {linking ? (
        <LinkDialog
          onClose={() => {
            setLinking(false);
            refresh();
          }}
        />
      ) : null}
    </Page>
  );
}

interface ListsProps {
  devices: readonly DeviceRow[];
  account: Account | undefined;
  mayRevoke: boolean;
  onChange(): void;
}

/** This one first, then those that are in by seniority, then those that are out. */
function Lists({ devices, account, mayRevoke, onChange }: ListsProps): ReactElement {
  const { t } = useTranslation();
  const seniority = new Map(account?.devices.map(({ device }, place) => [device, place]));
  const place = ({ device, self }: DeviceRow) => (self ? -1 : (seniority.get(device) ?? devices.length));
  const sorted = [...devices].sort((a, b) => place(a) - place(b));
  const card = (device: DeviceRow) => (
    <DeviceCard
      key={device.device}
      {...{ device, mayRevoke, onChange }}
      standing={account?.devices.find((row) => row.device === device.device)}
    />
  );
  const out = sorted.filter(({ state }) => state === "revoked");
  return (
    <>
      <div className="stack tight">{sorted.filter(({ state }) => state !== "revoked").map(card)}</div>
      {out.length === 0 ? null : (
        <Section title={t("devices.out")} note={t("devices.outHow")}>
          <div className="stack tight">{out.map(card)}</div>
        </Section>
      )}
    </>
  );
}
