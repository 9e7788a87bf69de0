import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import { newBuild, takeNewBuild } from "../../connection/app-build.ts";
import { useValue } from "../../state/observable.ts";
import { Button } from "./button.tsx";

/** W2: the build in use stays until the person agrees to another one. */
export function NewVersion(): ReactElement {
  const { t } = useTranslation();
  const offered = useValue(newBuild);
  const [refused, setRefused] = useState<string>();
  const isShown = offered !== undefined && offered.build !== refused;
  return (
    <div role="status" aria-live="polite">
      {isShown ? (
        <div className="notice">
          <span>
            {t("update.there")}{" "}
            <span className="small">{t("update.which", { version: offered.version, build: offered.build.slice(0, 12) })}</span>
          </span>
          <span className="row">
            <Button onPress={takeNewBuild}>{t("update.now")}</Button>
            <Button onPress={() => setRefused(offered.build)}>{t("update.later")}</Button>
          </span>
        </div>
      ) : null}
    </div>
  );
}
