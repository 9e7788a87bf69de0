import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "../common/page.tsx";
import type { SectionId } from "./section-ids.ts";

/** The frame of one part. */
export function SectionPage({ id, children }: { id: SectionId; children: ReactNode }): ReactElement {
  const { t } = useTranslation();
  return (
    <Page title={t(`settings.section.${id}`)} back={{ page: "settings" }}>
      {children}
    </Page>
  );
}
