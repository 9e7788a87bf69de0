import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { BridgeRow, NetworkRow } from "../../../api/bridges.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { useLabelWords } from "../../texts/use-label-words.ts";
import { useValue } from "../../state/observable.ts";
import { Button } from "../common/button.tsx";
import { Field } from "../common/field.tsx";
import { LabelMark } from "../common/label-mark.tsx";
import { Page } from "../common/page.tsx";
import { Sure } from "../common/sure.tsx";
import { useApp } from "../context.ts";
import { go } from "../route.ts";
import { AddBridge } from "./add-bridge.tsx";

const REFRESH_MS = 2000;

export function BridgesPage(): ReactElement {
  const { t } = useTranslation();
  const { shortWords } = useLabelWords();
  const { store } = useApp();
  const bridges = useValue(store.bridges);
  const networks = useValue(store.networks);
  const [adding, setAdding] = useState<NetworkRow>();
  useEffect(() => {
    const refresh = () => void store.attempt(() => store.refreshBridges());
    refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => clearInterval(timer);
  }, [store]);
  return (
    <Page title={t("bridges.title")}>
      {bridges?.length === 0 ? <p className="soft">{t("bridges.none")}</p> : null}
      {bridges?.map((bridge) => (
        <BridgeCard key={bridge.account} bridge={bridge} />
      ))}
      <h2>{t("bridges.add")}</h2>
      {networks?.map((network) => (
        <article className="card" key={network.network}>
          <div className="row spread">
            <h3>{cleanText(network.name, 64)}</h3>
            <LabelMark label={network.ceiling} />
          </div>
          <p className="soft small">{t("bridges.ceiling", { words: shortWords(network.ceiling) })}</p>
          <p className="soft small">
            {t("bridges.promise")}: {cleanText(network.delivery.promise, 512)}
          </p>
          <div>
            <Button onPress={() => setAdding(network)}>{t("bridges.add")}</Button>
          </div>
        </article>
      ))}
      {adding ? <AddBridge network={adding} onClose={() => setAdding(undefined)} /> : null}
    </Page>
  );
}

function BridgeCard({ bridge }: { bridge: BridgeRow }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [target, setTarget] = useState("");
  const [sure, setSure] = useState(false);
  const { account } = bridge;
  const open = () =>
    void store.attempt(async () => {
      const { conversation } = await store.client.call("bridge.open", { account, target, wait: true }, { timeout: 60_000 });
      setTarget("");
      go({ page: "chat", conversation });
    });
  const name = cleanText(bridge.name, 64) || bridge.network;
  return (
    <article className="card" aria-label={name}>
      <div className="row spread">
        <h2>
          <bdi>{name}</bdi>
        </h2>
        {bridge.label === null ? null : <LabelMark label={bridge.label} />}
      </div>
      <p>{t(`bridges.state.${bridge.state}`)}</p>
      {bridge.isolated === false ? <p className="soft small">{t("bridges.notIsolated")}</p> : null}
      {bridge.error ? <p className="small">{cleanText(bridge.error.message, 512)}</p> : null}
      {bridge.state === "online" ? (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            open();
          }}
        >
          <Field label={t("bridges.target")} value={target} onChange={setTarget} />
          <Button type="submit" isDisabled={target.trim() === ""}>
            {t("bridges.open")}
          </Button>
        </form>
      ) : null}
      <div className="row">
        {bridge.state === "quarantined" || bridge.state === "backoff" || bridge.state === "stopped" ? (
          <Button onPress={() => void store.attempt(() => store.client.call("bridge.start", { account }))}>{t("bridges.retry")}</Button>
        ) : null}
        <Button kind="bad" onPress={() => setSure(true)}>
          {t("bridges.remove")}
        </Button>
      </div>
      <Sure
        isOpen={sure}
        title={t("bridges.remove")}
        text={t("bridges.removeSure")}
        action={t("bridges.remove")}
        onClose={() => setSure(false)}
        onSure={() => void store.attempt(() => store.client.call("bridge.remove", { account }))}
      />
    </article>
  );
}
