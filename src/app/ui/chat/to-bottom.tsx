import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../common/button.tsx";

export function ToBottom({ count, onPress }: { count: number; onPress(): void }): ReactElement {
  const { t } = useTranslation();
  return (
    <div className="to-bottom">
      <Button onPress={onPress} label={count > 0 ? t("talk.toBottomCount", { count }) : t("talk.toBottom")}>
        <span aria-hidden="true">↓</span>
        {count > 0 ? (
          <span className="count" aria-hidden="true">
            {count}
          </span>
        ) : null}
      </Button>
    </div>
  );
}
