import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LinkEvent } from "../../../api/device.ts";
import { addressWith } from "../../connection/link-in-address.ts";
import { Button } from "../common/button.tsx";
import { CopyButton } from "../common/copy-button.tsx";
import { Actions, Dialog } from "../common/dialog.tsx";
import { Qr } from "../common/qr.tsx";
import { Waiting } from "../common/states.tsx";
import { useCall } from "../common/use-call.ts";
import { useApp } from "../context.ts";

/** Lets a new device in (K5): link, code, done. Closing it takes the link back. */
export function LinkDialog({ onClose }: { onClose(): void }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [link, setLink] = useState<string>();
  const [code, setCode] = useState<string>();
  useEffect(() => {
    const end = new AbortController();
    const onEvent = (event: LinkEvent) => {
      if (event.event === "link") setLink(event.link);
      else if (event.event === "code") setCode(event.code);
      else store.notice.set({ message: t("devices.linked", { name: event.name }), bad: false });
    };
    const linking = () =>
      store.client.call("device.link", {}, { signal: end.signal, onEvent }).catch((error: unknown) => {
        // Taken back by the person, who knows.
        if (!end.signal.aborted) throw error;
      });
    void store.attempt(linking).then(() => {
      if (!end.signal.aborted) onClose();
    });
    return () => end.abort();
    // The dialog is one linking: it begins and ends with it.
  }, []);
  return (
    <Dialog title={t("devices.link")} isOpen onClose={onClose}>
      {code === undefined ? <Invitation link={link} /> : <Compare code={code} onClose={onClose} />}
    </Dialog>
  );
}

function Invitation({ link }: { link: string | undefined }): ReactElement {
  const { t } = useTranslation();
  // With an address for phones, their camera opens the app by the code; without, only the app itself reads it.
  const origin = useCall("web.address", {}).value?.origin;
  if (link === undefined) return <Waiting />;
  return (
    <>
      <p>{t("devices.linkHow")}</p>
      <Qr text={origin ? addressWith(origin, link) : link} label={t("devices.link")} />
      <code className="copied">{link}</code>
      <Actions>
        <CopyButton text={link} words={t("devices.copyLink")} />
      </Actions>
    </>
  );
}

function Compare({ code, onClose }: { code: string; onClose(): void }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  return (
    <>
      <p>{t("devices.compare")}</p>
      <p className="code">{code}</p>
      <Actions>
        <Button onPress={onClose}>{t("devices.no")}</Button>
        <Button kind="main" onPress={() => void store.attempt(() => store.client.call("device.confirm", { code }))}>
          {t("devices.yes")}
        </Button>
      </Actions>
    </>
  );
}
