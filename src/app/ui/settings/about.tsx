import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useValue } from "../../state/observable.ts";
import { Button } from "../common/button.tsx";
import { Section } from "../common/page.tsx";
import { Sure } from "../common/sure.tsx";
import { useApp } from "../context.ts";
import { SectionPage } from "./section-page.tsx";

export function About(): ReactElement {
  const { t } = useTranslation();
  const { store, own } = useApp();
  const status = useValue(store.status);
  const [sure, setSure] = useState(false);
  useEffect(() => {
    void store.attempt(() => store.refreshStatus());
  }, [store]);
  return (
    <SectionPage id="about">
      <p>{t("settings.what")}</p>
      {status ? (
        <dl className="facts card">
          <dt>{t("settings.version")}</dt>
          <dd>{status.version}</dd>
          {status.app ? (
            <>
              <dt>{t("update.build")}</dt>
              <dd>
                <code>{status.app.build}</code>
                <p className="small soft">{t("update.buildWhat")}</p>
              </dd>
            </>
          ) : null}
          <dt>{t("settings.licence")}</dt>
          <dd>{t("settings.licenceWords")}</dd>
          <dt>{t("settings.account")}</dt>
          <dd>
            <code>{status.account}</code>
          </dd>
          <dt>{t("settings.device")}</dt>
          <dd>
            <code>{status.device}</code>
          </dd>
        </dl>
      ) : null}
      {own ? (
        <Section title={t("settings.forget")} note={t("settings.forgetSure")}>
          <div>
            <Button kind="bad" onPress={() => setSure(true)}>
              {t("settings.forget")}
            </Button>
          </div>
          <Sure
            isOpen={sure}
            title={t("settings.forget")}
            text={t("settings.forgetSure")}
            action={t("settings.forget")}
            onClose={() => setSure(false)}
            onSure={() => void own.wipe().then(() => location.reload())}
          />
        </Section>
      ) : null}
    </SectionPage>
  );
}
