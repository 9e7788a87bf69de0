import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { go } from "../route.ts";
import { Button } from "./button.tsx";
import { ArrowBack } from "./icons.tsx";

export function Page({ title, children }: { title: string; children: ReactNode }): ReactElement {
  const { t } = useTranslation();
  return (
    // Scrolled by keyboard as well.
    <div className="page" role="region" aria-label={title} tabIndex={0}>
      <header className="bar">
        <span className="only-narrow">
          <Button kind="bare" label={t("back")} onPress={() => go({ page: "chats" })}>
            <svg width="24" height="24">
              <ArrowBack />
            </svg>
          </Button>
        </span>
        <h1>{title}</h1>
      </header>
      <div className="page-inner stack">{children}</div>
    </div>
  );
}
