import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import { chooseLanguage, type Language, LANGUAGES } from "../../texts/i18n.ts";
import { Choices } from "../common/choices.tsx";
import { SectionPage } from "./section-page.tsx";
import { chooseTheme, currentTheme, THEMES } from "./theme.ts";

export function Appearance(): ReactElement {
  const { t, i18n } = useTranslation();
  const [theme, setTheme] = useState(currentTheme);
  return (
    <SectionPage id="appearance">
      <Choices
        label={t("settings.theme")}
        value={theme}
        onChange={(chosen) => {
          chooseTheme(chosen);
          setTheme(chosen);
        }}
        options={THEMES.map((value) => ({ value, label: t(`settings.themes.${value}`) }))}
      />
      <Choices
        label={t("settings.language")}
        value={i18n.language as Language}
        onChange={(language) => void chooseLanguage(language)}
        options={Object.entries(LANGUAGES).map(([value, label]) => ({ value: value as Language, label, lang: value }))}
      />
    </SectionPage>
  );
}
