import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { createClient } from "../../api/client.ts";
import type { Connection } from "../connection/bulk.ts";
import { connect, type Found } from "../connection/connect.ts";
import type { OwnDevice } from "../connection/own-device.ts";
import { hearServiceWorker } from "../notify/from-service-worker.ts";
import { startNotifier } from "../notify/notifier.ts";
import { renewPush } from "../notify/push.ts";
import { Store } from "../state/store.ts";
import type { DeviceState } from "../worker/control.ts";
import { Button } from "./common/button.tsx";
import { NewVersion } from "./common/new-version.tsx";
import { Waiting } from "./common/states.tsx";
import { AppContextValue } from "./context.ts";
import { MainFrame } from "./main-frame.tsx";
import { LockPage } from "./lock/lock-page.tsx";
import { ShutOut } from "./lock/shut-out.tsx";
import { Insecure } from "./start/insecure.tsx";
import { Start, StartCard } from "./start/start.tsx";

const RETRY_MS = 1000;

export function App(): ReactElement {
  return (
    <>
      <Opened />
      <NewVersion />
    </>
  );
}

function Opened(): ReactElement {
  const { t } = useTranslation();
  // What was found stays until there is something else: the key of a connection is the round in which it was made.
  const [{ found, key }, setFound] = useState<{ found?: Found; key: number }>({ key: 0 });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    void connect().then((result) => wanted && setFound({ found: result, key: round }));
    return () => {
      wanted = false;
    };
  }, [round]);
  const again = () => setRound((value) => value + 1);
  switch (found?.is) {
    case undefined:
      return (
        <StartCard title={t("app")}>
          <Waiting />
        </StartCard>
      );
    case "node":
    case "follower":
      return (
        <Connected
          key={key}
          open={() => found.connection}
          isBrowser={found.is === "follower"}
          onLost={() => (found.is === "follower" ? again() : setTimeout(again, RETRY_MS))}
        />
      );
    case "elsewhere":
      return <Elsewhere over={found.over} onOver={again} />;
    case "own":
      return <Own own={found.own} />;
    case "insecure":
      return <Insecure />;
    case "signed-out":
      return (
        <StartCard title={t("app")}>
          <p>{t("start.signedOut")}</p>
          <Button onPress={again}>{t("start.link")}</Button>
        </StartCard>
      );
    case "failed":
      return (
        <StartCard title={t("start.failed")}>
          <p>{found.message}</p>
          <Button onPress={again}>{t("start.retry")}</Button>
        </StartCard>
      );
  }
}

/** Another tab holds the device and shows what it is about. */
function Elsewhere({ over, onOver }: { over: Promise<void>; onOver(): void }): ReactElement {
  const { t } = useTranslation();
  useEffect(() => {
    let wanted = true;
    void over.then(() => wanted && onOver());
    return () => {
      wanted = false;
    };
    // One wait for each time that it is shown.
  }, [over]);
  return <StartCard title={t("app")}>{t("start.otherTab")}</StartCard>;
}

function Own({ own }: { own: OwnDevice }): ReactElement {
  const { t } = useTranslation();
  const [state, setState] = useState<DeviceState>();
  useEffect(() => own.onState(setState), [own]);
  switch (state?.is) {
    case undefined:
      return (
        <StartCard title={t("app")}>
          <Waiting />
        </StartCard>
      );
    case "none":
      return <Start own={own} />;
    case "ready":
      return <Connected open={() => own.connect()} own={own} isBrowser onLost={() => own.reloadIfReady()} />;
    case "locked":
      return <LockPage own={own} state={state} />;
    case "shut-out":
      return <ShutOut how={state.how} />;
    case "failed":
      return (
        <StartCard title={t("start.failed")}>
          <p>{state.message}</p>
          <Button onPress={() => location.reload()}>{t("start.retry")}</Button>
          <Button kind="bad" onPress={() => void own.wipe().then(() => location.reload())}>
            {t("start.remove")}
          </Button>
        </StartCard>
      );
  }
}

interface ConnectedProps {
  open(): Connection;
  own?: OwnDevice;
  isBrowser: boolean;
  onLost(): void;
}

function Connected({ open, own, isBrowser, onLost }: ConnectedProps): ReactElement | null {
  const [store, setStore] = useState<Store>();
  useEffect(() => {
    const { channel, bulk } = open();
    const made = new Store(createClient(channel), bulk);
    let left = false;
    channel.onClose(() => {
      if (!left) onLost();
    });
    setStore(made);
    const ends = [startNotifier(made), hearServiceWorker(made)];
    if (isBrowser) void renewPush(made.client).catch(() => undefined);
    return () => {
      left = true;
      for (const end of ends) end();
      made.close();
    };
    // One connection for the life of this component.
  }, []);
  if (!store) return null;
  return (
    <AppContextValue value={{ store, own, isBrowser }}>
      <MainFrame />
    </AppContextValue>
  );
}
