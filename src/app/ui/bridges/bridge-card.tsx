import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { BridgeRow } from "../../../api/bridges.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { wordsOfCode } from "../../texts/error-words.ts";
import { useValue } from "../../state/observable.ts";
import { Button } from "../common/button.tsx";
import { LabelButton } from "../common/label-button.tsx";
import { Bin, Networks, Reload } from "../common/icons.tsx";
import { type Action, MenuButton } from "../common/menu.tsx";
import { Badge, Banner } from "../common/states.tsx";
import { Sure } from "../common/sure.tsx";
import { useApp } from "../context.ts";
import { OpenConversation } from "./open-conversation.tsx";

/** One login on one network: how it stands, and what can be done. */
export function BridgeCard({ bridge }: { bridge: BridgeRow }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const devices = useValue(store.devices);
  const [sure, setSure] = useState(false);
  const { account, network, state, isolated, label, link } = bridge;
  const name = cleanText(bridge.name, 64) || network;
  const run = (method: "bridge.start" | "bridge.remove") =>
    void store.attempt(async () => {
      await store.client.call(method, { account });
      await store.refreshBridges();
    });
  const host = devices?.find(({ device }) => device === bridge.device);
  const actions: Action[] = [
    { id: "start", label: t("bridges.retry"), icon: <Reload />, onAction: () => run("bridge.start") },
    { id: "remove", label: t("bridges.remove"), icon: <Bin />, kind: "bad", onAction: () => setSure(true) },
  ];
  return (
    <article className="card" aria-label={name}>
      <div className="row" style={{ flexWrap: "nowrap" }}>
        <span className="soft device-icon">
          <Networks />
        </span>
        <div className="grow">
          <h2>
            <bdi>{name}</bdi>
          </h2>
          <span className="row small soft">
            <Badge tone={toneOf(state)}>{t(`bridges.state.${state}`)}</Badge>
            <span>{cleanText(network, 32).toUpperCase()}</span>
            {host && !host.self ? <span>{t("bridges.on", { device: cleanText(host.name, 40) })}</span> : null}
            {isolated === false ? <Badge tone="warn">{t("bridges.notIsolated")}</Badge> : null}
          </span>
        </div>
        <MenuButton label={t("bridges.actions", { name })} actions={actions} />
      </div>
      <Trouble bridge={bridge} onStart={() => run("bridge.start")} />
      {label === null ? null : (
        <div className="row small">
          <span className="soft">{t("bridges.next")}</span>
          <LabelButton label={label} facts={link ? { link, source: "live" } : undefined} network={network} />
        </div>
      )}
      {isolated === false ? <p className="small soft">{t("bridges.notIsolatedHow")}</p> : null}
      {state === "online" || state === "degraded" ? <OpenConversation account={account} /> : null}
      <Sure
        isOpen={sure}
        title={t("bridges.removeTitle", { name })}
        text={t("bridges.removeSure")}
        action={t("bridges.remove")}
        onClose={() => setSure(false)}
        onSure={() => run("bridge.remove")}
      />
    </article>
  );
}

/** What went wrong, and what to do about it. */
function Trouble({ bridge, onStart }: { bridge: BridgeRow; onStart(): void }): ReactElement | null {
  const { t } = useTranslation();
  const { state, error } = bridge;
  const stuck = state === "bad-credentials" || state === "logged-out" || state === "quarantined";
  if (!error && !stuck) return null;
  return (
    <Banner tone={stuck ? "bad" : "warn"}>
      {error ? <p>{wordsOfCode(error.code, cleanText(error.message, 512))}</p> : null}
      <p>{t(`bridges.todo.${todoOf(bridge)}`)}</p>
      {stuck || state === "backoff" ? (
        <div>
          <Button onPress={onStart}>
            <Reload />
            {t("bridges.retry")}
          </Button>
        </div>
      ) : null}
    </Banner>
  );
}

function todoOf({ state, error }: BridgeRow): "quarantined" | "relogin" | "settings" | "native" | "wait" {
  if (state === "quarantined") return "quarantined";
  if (state === "bad-credentials" || state === "logged-out" || error?.action === "relogin") return "relogin";
  if (error?.action === "check-settings") return "settings";
  return error?.action === "open-native" ? "native" : "wait";
}

function toneOf(state: BridgeRow["state"]): "good" | "warn" | "bad" | undefined {
  switch (state) {
    case "online":
      return "good";
    case "degraded":
    case "backoff":
    case "unknown":
      return "warn";
    case "bad-credentials":
    case "logged-out":
    case "quarantined":
      return "bad";
    default:
      return undefined;
  }
}
