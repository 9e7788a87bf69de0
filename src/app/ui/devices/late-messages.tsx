import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import type { DeviceRow } from "../../../api/device.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { Button } from "../common/button.tsx";
import { Banner } from "../common/states.tsx";
import { useCall } from "../common/use-call.ts";
import { useApp } from "../context.ts";

/** What a device wrote after it was shut out, as far as anybody can tell; held back until the person decides. */
export function LateMessages({ device, onChange }: { device: DeviceRow; onChange(): void }): ReactElement | null {
  const { t } = useTranslation();
  const { store } = useApp();
  const { value: rows = [], again } = useCall("late", { device: device.device });
  const decide = (method: "late.keep" | "late.drop") => () =>
    void store.attempt(async () => {
      await store.client.call(method, { device: device.device });
      await again();
      onChange();
    });
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  if (count === 0) return null;
  return (
    <Banner tone="warn">
      <p>{t("devices.late", { count, where: rows.map(({ name }) => cleanText(name, 40)).join(", ") })}</p>
      <div className="row">
        <Button onPress={decide("late.keep")}>{t("devices.lateKeep")}</Button>
        <Button kind="bad" onPress={decide("late.drop")}>
          {t("devices.lateDrop")}
        </Button>
      </div>
    </Banner>
  );
}
