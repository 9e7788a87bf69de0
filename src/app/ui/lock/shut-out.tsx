import { type ReactElement, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { erasePageData } from "../../connection/erase-page.ts";
import { Button } from "../common/button.tsx";
import { StartCard } from "../start/start.tsx";

/** A7, A9: another device of the person shut this one out. */
export function ShutOut({ how }: { how: "frozen" | "revoked" }): ReactElement {
  const { t } = useTranslation();
  useEffect(() => {
    if (how === "revoked") void erasePageData();
  }, [how]);
  return (
    <StartCard title={t(`lock.${how}`)}>
      <p role="alert">{t(`lock.${how}What`)}</p>
      {how === "revoked" ? <Button onPress={() => location.reload()}>{t("lock.linkAgain")}</Button> : null}
    </StartCard>
  );
}
