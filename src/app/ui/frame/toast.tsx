import { type ReactElement, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useValue } from "../../state/observable.ts";
import { IconButton } from "../common/button.tsx";
import { Cross } from "../common/icons.tsx";
import { useApp } from "../context.ts";

/** Long enough to read it twice. What went wrong stays until it is closed. */
const SHOWN_MS = 6000;

/** What the person is told at the edge of the page. */
export function Toast(): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const notice = useValue(store.notice);
  useEffect(() => {
    if (!notice || notice.bad) return undefined;
    const timer = setTimeout(() => store.notice.set(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice, store]);
  return (
    <div role={notice?.bad ? "alert" : "status"}>
      {notice ? (
        <div className="notice" {...(notice.bad ? { "data-tone": "bad" } : {})}>
          <span>{notice.message}</span>
          <IconButton label={t("close")} icon={<Cross />} onPress={() => store.notice.set(undefined)} />
        </div>
      ) : null}
    </div>
  );
}
