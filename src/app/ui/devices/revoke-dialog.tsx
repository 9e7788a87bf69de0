import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { DeviceRow } from "../../../api/device.ts";
import { Button } from "../common/button.tsx";
import { Checkbox } from "../common/choices.tsx";
import { Actions, Dialog } from "../common/dialog.tsx";
import { Field } from "../common/field.tsx";
import { Banner } from "../common/states.tsx";
import { since } from "../common/times.ts";
import { useCall } from "../common/use-call.ts";
import { useApp } from "../context.ts";
import { deviceName } from "./words.ts";

interface RevokeDialogProps {
  device: DeviceRow;
  onClose(): void;
  onDone(): void;
}

/** Shuts it out for good: since when it was lost, and which of those that it let in go with it. */
export function RevokeDialog({ device, onClose, onDone }: RevokeDialogProps): ReactElement {
  const { t, i18n } = useTranslation();
  const { store } = useApp();
  const [lost, setLost] = useState("");
  const [also, setAlso] = useState<ReadonlySet<string>>(new Set());
  const lostSince = lost === "" ? undefined : Date.parse(lost);
  const bad = lostSince !== undefined && !(lostSince <= Date.now());
  const { value: sponsored = [] } = useCall("device.sponsored", { device: device.device });
  const name = deviceName(device);
  const revoke = () =>
    void store.attempt(async () => {
      await store.client.call("device.revoke", {
        device: device.device,
        also: [...also],
        ...(lostSince === undefined ? {} : { lostSince }),
      });
      store.notice.set({ message: t("devices.revoked", { name }), bad: false });
      onClose();
      onDone();
    });
  const toggle = (id: string, on: boolean) =>
    setAlso((before) => (on ? new Set([...before, id]) : new Set([...before].filter((one) => one !== id))));
  return (
    <Dialog title={t("devices.revokeTitle", { name })} isOpen onClose={onClose} role="alertdialog">
      <p>{t("devices.revokeSure", { name })}</p>
      <Field
        label={t("devices.lost")}
        type="datetime-local"
        value={lost}
        onChange={setLost}
        help={t("devices.lostHow")}
        error={bad ? t("devices.lostLater") : undefined}
      />
      {sponsored.length === 0 ? null : (
        <fieldset className="stack tight plain">
          <legend className="small strong">{t("devices.also", { name })}</legend>
          {sponsored.map((one) => (
            <Checkbox key={one.device} isOn={also.has(one.device)} onChange={(on) => toggle(one.device, on)}>
              {deviceName(one)}
              {one.since === null ? null : <span className="small soft"> · {since(one.since, i18n.language)}</span>}
            </Checkbox>
          ))}
        </fieldset>
      )}
      <Banner tone="warn">{t("devices.revokeKeeps")}</Banner>
      <Actions>
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button kind="bad" onPress={revoke} isDisabled={bad}>
          {t("devices.revoke")}
        </Button>
      </Actions>
    </Dialog>
  );
}
