import { type ReactElement, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Eye } from "../common/icons.tsx";
import { PageHeader } from "../common/page.tsx";
import { RowLink, Rows } from "../common/rows.tsx";
import { Waiting } from "../common/states.tsx";
import type { SectionId } from "./section-ids.ts";
import { sectionOf, useSections } from "./sections.tsx";

/** What there is to set, beside the part that is open; on a phone one of them. */
export function SettingsPage({ section }: { section: SectionId | undefined }): ReactElement {
  const { t } = useTranslation();
  const shown = useSections();
  // Where there is room for both, a part is open from the beginning.
  const open = sectionOf(section ?? shown[0] ?? "appearance");
  return (
    <div className="panes" data-open={section === undefined ? "list" : "page"}>
      <nav className="pane-list" aria-label={t("nav.settings")}>
        <PageHeader title={t("nav.settings")} />
        <Rows>
          {shown.map((id) => {
            const { Icon } = sectionOf(id);
            return (
              <RowLink
                key={id}
                icon={<Icon />}
                title={t(`settings.section.${id}`)}
                to={{ page: "settings", section: id }}
                isCurrent={id === (section ?? shown[0])}
              />
            );
          })}
          <RowLink icon={<Eye />} title={t("nav.who")} to={{ page: "who" }} />
        </Rows>
      </nav>
      <div className="pane-page">
        <Suspense fallback={<Waiting />}>
          <open.Content />
        </Suspense>
      </div>
    </div>
  );
}
