import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { BackupRow } from "../../../api/backup.ts";
import { Button } from "../common/button.tsx";
import { Archive } from "../common/icons.tsx";
import { Section } from "../common/page.tsx";
import { Row, Rows } from "../common/rows.tsx";
import { Banner, Waiting } from "../common/states.tsx";
import { bytesText, dayAndTime } from "../common/times.ts";
import { useCall } from "../common/use-call.ts";
import { useApp } from "../context.ts";
import { SectionPage } from "./section-page.tsx";

const MAKE_MS = 30 * 60_000;

/** Backups of the home PC: those that are there, the schedule, and how one is brought back. */
export function Backup(): ReactElement {
  const { t, i18n } = useTranslation();
  const { store } = useApp();
  const { value: list, again } = useCall("backup.list", {});
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    const made = await store.attempt(() => store.client.call("backup.create", {}, { timeout: MAKE_MS }));
    setBusy(false);
    if (made) store.notice.set({ message: t("backup.made", { file: made.file }), bad: false });
    await again();
  };
  return (
    <SectionPage id="backup">
      <p className="soft">{t("backup.what")}</p>
      {list?.failed ? (
        <Banner tone="bad">
          <p>{t("backup.failed", { when: dayAndTime(list.failed.at, i18n.language) })}</p>
          <p className="small" lang="en">
            {list.failed.message}
          </p>
        </Banner>
      ) : null}
      <div className="row">
        <Button kind="main" onPress={() => void make()} isDisabled={busy}>
          <Archive />
          {busy ? t("backup.making") : t("backup.make")}
        </Button>
      </div>
      <Section title={t("backup.there")} note={list && t("backup.folder", { folder: list.folder })}>
        {list ? <Made backups={list.backups} /> : <Waiting />}
      </Section>
      <Section title={t("backup.schedule")}>
        <p>{list?.next ? t("backup.next", { when: dayAndTime(list.next, i18n.language) }) : t("backup.noSchedule")}</p>
      </Section>
      <Section title={t("backup.restore")}>
        <ol className="stack tight">
          {(["install", "run", "words", "link"] as const).map((step) => (
            <li key={step}>{t(`backup.step.${step}`)}</li>
          ))}
        </ol>
      </Section>
    </SectionPage>
  );
}

function Made({ backups }: { backups: readonly BackupRow[] }): ReactElement {
  const { t, i18n } = useTranslation();
  if (backups.length === 0) return <p className="soft">{t("backup.none")}</p>;
  return (
    <Rows>
      {backups.map((one) => (
        <Row
          key={one.file}
          icon={<Archive />}
          title={dayAndTime(one.created, i18n.language)}
          text={`${bytesText(one.bytes, i18n.language)} · ${one.opens.map((what) => t(`backup.opens.${what}`)).join(", ")} · ${one.file}`}
        />
      ))}
    </Rows>
  );
}
