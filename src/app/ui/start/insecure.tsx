import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { StartCard } from "./start.tsx";

interface ForPhones {
  origin: string | null;
  install: string[];
}

/** A page without a secure context can store nothing and hold no key: it says so, and leads to a way that works. */
export function Insecure(): ReactElement {
  const { t } = useTranslation();
  const [way, setWay] = useState<ForPhones>();
  useEffect(() => {
    void lookUp().then(setWay);
  }, []);
  const [first] = way?.install ?? [];
  return (
    <StartCard title={t("start.insecureTitle")}>
      <p>{t("start.insecure")}</p>
      {way?.origin ? (
        <>
          {first === undefined ? null : (
            <p>
              {t("address.insecureInstall")} <a href={first}>{first}</a>
            </p>
          )}
          <p>
            {t("address.insecureOpen")} <a href={way.origin}>{way.origin}</a>
          </p>
        </>
      ) : (
        <>
          <p>{t("address.insecureNone")}</p>
          <ul>
            {(["own-ca", "proxy", "acme", "files"] as const).map((name) => (
              <li key={name}>
                <code>homeport web {name}</code> – {t(`address.waysWhat.${name}`)}
              </li>
            ))}
          </ul>
        </>
      )}
    </StartCard>
  );
}

async function lookUp(): Promise<ForPhones | undefined> {
  try {
    const response = await fetch("/address.json");
    return response.ok ? ((await response.json()) as ForPhones) : undefined;
  } catch {
    // The words alone have to do.
    return undefined;
  }
}
