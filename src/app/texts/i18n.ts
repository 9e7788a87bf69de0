import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

/** Only the language that is shown is loaded. */
const LOAD = { en: () => import("./en/index.ts"), de: () => import("./de/index.ts") } satisfies Record<Language, () => Promise<object>>;

const KEY = "homeport-language";

/** The person's choice, else the browser's first language that there are texts for. */
function chosen(): Language {
  const stored = localStorage.getItem(KEY);
  const wanted = [stored, ...navigator.languages].map((language) => language?.split("-")[0]);
  return (wanted.find((language) => language !== undefined && language in LANGUAGES) ?? "en") as Language;
}

export async function startTexts(): Promise<void> {
  const language = chosen();
  const { texts: translation } = await LOAD[language]();
  await i18next.use(initReactI18next).init({
    resources: { [language]: { translation } },
    lng: language,
    // React escapes by itself.
    interpolation: { escapeValue: false },
  });
  apply();
}

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEY, language);
  i18next.addResourceBundle(language, "translation", (await LOAD[language]()).texts);
  await i18next.changeLanguage(language);
  apply();
}

function apply(): void {
  document.documentElement.lang = i18next.language;
  document.documentElement.dir = i18next.dir();
}
