import { encodeQR } from "qr";
import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LinkEvent } from "../../../api/device.ts";
import { Button } from "../common/button.tsx";
import { CopyButton } from "../common/copy-button.tsx";
import { Dialog } from "../common/dialog.tsx";
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
    void store
      .attempt(() => store.client.call("device.link", {}, { signal: end.signal, onEvent }))
      .then(() => {
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
  if (link === undefined) return <p className="soft">{t("loading")}</p>;
  return (
    <>
      <p>{t("devices.linkHow")}</p>
      <Qr text={link} label={t("devices.link")} />
      <code className="small">{link}</code>
      <CopyButton text={link} />
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
      <div className="row">
        <Button kind="main" onPress={() => void store.attempt(() => store.client.call("device.confirm", { code }))}>
          {t("devices.yes")}
        </Button>
        <Button onPress={onClose}>{t("devices.no")}</Button>
      </div>
    </>
  );
}

/** Drawn as one path: no markup is parsed. */
function Qr({ text, label }: { text: string; label: string }): ReactElement {
  const cells = encodeQR(text, "raw", { ecc: "low", border: 2 });
  const path = cells.flatMap((line, y) => line.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg
      className="qr"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${cells.length} ${cells.length}`}
      width="320"
      shapeRendering="crispEdges"
    >
      <path d={path} fill="#000" />
    </svg>
  );
}
