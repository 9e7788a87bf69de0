import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useValue } from "../../state/observable.ts";
import { chooseLanguage, type Language, LANGUAGES } from "../../texts/i18n.ts";
import { Button } from "../common/button.tsx";
import { Page } from "../common/page.tsx";
import { Sure } from "../common/sure.tsx";
import { useApp } from "../context.ts";
import { chooseTheme, currentTheme, type Theme } from "./theme.ts";

export function SettingsPage(): ReactElement {
  const { t, i18n } = useTranslation();
  const { store, own } = useApp();
  const status = useValue(store.status);
  const [theme, setTheme] = useState(currentTheme);
  const [sure, setSure] = useState(false);
  useEffect(() => {
    void store.attempt(() => store.refreshStatus());
  }, [store]);
  return (
    <Page title={t("settings.title")}>
      <label className="field">
        {t("settings.theme")}
        <select
          className="input"
          value={theme}
          onChange={(event) => {
            const chosen = event.target.value as Theme;
            chooseTheme(chosen);
            setTheme(chosen);
          }}
        >
          {(["auto", "light", "dark"] as const).map((value) => (
            <option key={value} value={value}>
              {t(`settings.themes.${value}`)}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        {t("settings.language")}
        <select className="input" value={i18n.language} onChange={(event) => void chooseLanguage(event.target.value as Language)}>
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {status ? (
        <section className="card">
          <h2>{t("settings.about")}</h2>
          <dl className="facts">
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
            <dt>{t("settings.account")}</dt>
            <dd>
              <code>{status.account}</code>
            </dd>
            <dt>{t("settings.device")}</dt>
            <dd>
              <code>{status.device}</code>
            </dd>
            <dt>{t("settings.storage")}</dt>
            <dd>
              {status.storage.entries.toLocaleString()} · {(status.storage.bytes / 1e6).toFixed(1)} MB
            </dd>
          </dl>
        </section>
      ) : null}
      {own ? (
        <div>
          <Button kind="bad" onPress={() => setSure(true)}>
            {t("settings.forget")}
          </Button>
          <Sure
            isOpen={sure}
            title={t("settings.forget")}
            text={t("settings.forgetSure")}
            action={t("settings.forget")}
            onClose={() => setSure(false)}
            onSure={() => void own.wipe().then(() => location.reload())}
          />
        </div>
      ) : null}
    </Page>
  );
}
