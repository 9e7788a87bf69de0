import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { erasePageData } from "../../connection/erase-page.ts";
import type { OwnDevice } from "../../connection/own-device.ts";
import type { DeviceState } from "../../worker/control.ts";
import { Button } from "../common/button.tsx";
import { Field } from "../common/field.tsx";
import { Sure } from "../common/sure.tsx";
import { StartCard } from "../start/start.tsx";

interface LockPageProps {
  own: OwnDevice;
  state: DeviceState & { is: "locked" };
}

export function LockPage({ own, state }: LockPageProps): ReactElement {
  const { t } = useTranslation();
  const { wait, wrong } = state;
  const [passphrase, setPassphrase] = useState("");
  const [trying, setTrying] = useState(false);
  const [left, setLeft] = useState(wait);
  const [sure, setSure] = useState(false);
  // Each answer of the device is a new state, also where it says the same again.
  useEffect(() => setTrying(false), [state]);
  useEffect(() => {
    const until = Date.now() + wait;
    const look = () => setLeft(Math.max(0, until - Date.now()));
    look();
    const timer = setInterval(look, 500);
    return () => clearInterval(timer);
  }, [state, wait]);
  const error = wrong && !trying ? t("lock.wrong") : undefined;
  return (
    <StartCard title={t("lock.locked")}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          setTrying(true);
          own.unlock(passphrase);
          setPassphrase("");
        }}
      >
        <Field
          label={t("lock.passphrase")}
          type="password"
          autoComplete="current-password"
          autoFocus
          value={passphrase}
          onChange={setPassphrase}
          error={error}
        />
        {left > 0 ? <p role="status">{t("lock.wait", { count: Math.ceil(left / 1000) })}</p> : null}
        <Button kind="main" type="submit" isDisabled={passphrase === "" || trying || left > 0}>
          {trying ? t("lock.opening") : t("lock.unlock")}
        </Button>
      </form>
      <p className="soft small">{t("lock.forgotten")}</p>
      <div>
        <Button kind="bad" onPress={() => setSure(true)}>
          {t("lock.remove")}
        </Button>
      </div>
      <Sure
        isOpen={sure}
        title={t("lock.remove")}
        text={t("lock.removeSure")}
        action={t("lock.remove")}
        onClose={() => setSure(false)}
        onSure={() =>
          void own
            .wipe()
            .then(erasePageData)
            .then(() => location.reload())
        }
      />
    </StartCard>
  );
}
