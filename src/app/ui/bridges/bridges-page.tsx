import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useValue } from "../../state/observable.ts";
import { Button } from "../common/button.tsx";
import { Networks, Plus } from "../common/icons.tsx";
import { Page } from "../common/page.tsx";
import { Empty, Waiting } from "../common/states.tsx";
import { useApp } from "../context.ts";
import { AddBridge } from "./add-bridge.tsx";
import { BridgeCard } from "./bridge-card.tsx";

const REFRESH_MS = 2000;

export function BridgesPage(): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const bridges = useValue(store.bridges);
  const networks = useValue(store.networks);
  const [adding, setAdding] = useState(false);
  useEffect(() => {
    const refresh = () => void store.attempt(() => store.refreshBridges());
    refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => clearInterval(timer);
  }, [store]);
  const add = (
    <Button kind="main" onPress={() => setAdding(true)} isDisabled={!networks}>
      <Plus />
      {t("bridges.add")}
    </Button>
  );
  return (
    <Page title={t("bridges.title")} actions={bridges && bridges.length > 0 ? add : null}>
      {bridges === undefined ? <Waiting /> : null}
      {bridges?.length === 0 ? (
        <Empty icon={<Networks />} title={t("bridges.none")}>
          <p className="soft">{t("bridges.noneHow")}</p>
          {add}
        </Empty>
      ) : null}
      {bridges && bridges.length > 0 ? (
        <div className="stack">
          {bridges.map((bridge) => (
            <BridgeCard key={bridge.account} bridge={bridge} />
          ))}
        </div>
      ) : null}
      {adding && networks ? <AddBridge networks={networks} onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}
