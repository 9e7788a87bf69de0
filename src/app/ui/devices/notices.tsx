import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import type { NoticeRow } from "../../../api/account.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { useValue } from "../../state/observable.ts";
import { Button } from "../common/button.tsx";
import { Banner } from "../common/states.tsx";
import { dayAndTime } from "../common/times.ts";
import { useApp } from "../context.ts";

/** What changed about the account that the person has to know of, until they say that they do. */
export function Notices({ onChange }: { onChange(): void }): ReactElement | null {
  const { store } = useApp();
  const status = useValue(store.status);
  const notices = status?.notices ?? [];
  if (notices.length === 0) return null;
  return (
    <div className="stack tight">
      {notices.map((notice) => (
        <Notice key={`${notice.operation} ${notice.code}`} notice={notice} onChange={onChange} />
      ))}
    </div>
  );
}

function Notice({ notice, onChange }: { notice: NoticeRow; onChange(): void }): ReactElement {
  const { t, i18n } = useTranslation();
  const { store } = useApp();
  const { operation, code, at, device, name } = notice;
  const acknowledge = () =>
    void store.attempt(async () => {
      await store.client.call("account.acknowledge", { operation });
      onChange();
    });
  return (
    <Banner tone="bad">
      <p>{t(`devices.notice.${code}`, { name: cleanText(name ?? "", 64) || device?.slice(0, 12) })}</p>
      <p className="small">{dayAndTime(at, i18n.language)}</p>
      <div>
        <Button onPress={acknowledge}>{t("devices.acknowledge")}</Button>
      </div>
    </Banner>
  );
}
