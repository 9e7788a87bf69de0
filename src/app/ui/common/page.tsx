import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { go, type Route } from "../route.ts";
import { IconButton } from "./button.tsx";
import { ArrowBack } from "./icons.tsx";

interface PageHeaderProps {
  title: ReactNode;
  /** Below a page that shows more than one thing at a time there may be a lower one. */
  level?: 1 | 2;
  /** Where "Back" leads. A page that the bar at the bottom leads to has none. */
  back?: Route | undefined;
  /** Else it stands on a phone only, where this page covers the one before. */
  backAlways?: boolean;
  children?: ReactNode;
}

/** The head of every page: the way back, the title, and what can be done. */
export function PageHeader({ title, level = 1, back, backAlways = false, children }: PageHeaderProps): ReactElement {
  const { t } = useTranslation();
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <header className="bar">
      {back ? (
        <span className={backAlways ? "back" : "back only-narrow"}>
          <IconButton label={t("back")} icon={<ArrowBack />} onPress={() => go(back)} />
        </span>
      ) : null}
      <div className="titles">
        <Heading>{title}</Heading>
      </div>
      {children}
    </header>
  );
}

interface PageProps extends Omit<PageHeaderProps, "title" | "children"> {
  title: string;
  /** Buttons in the head. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A page of text, cards and forms. */
export function Page({ title, actions, children, ...header }: PageProps): ReactElement {
  return (
    // Scrolled by keyboard as well.
    <div className="page" role="region" aria-label={title} tabIndex={0}>
      <PageHeader title={title} {...header}>
        {actions}
      </PageHeader>
      <div className="page-inner stack loose">{children}</div>
    </div>
  );
}

/** A part of a page under a heading. */
export function Section({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }): ReactElement {
  return (
    <section className="section">
      <h2>{title}</h2>
      {note === undefined ? null : <p className="section-note">{note}</p>}
      {children}
    </section>
  );
}
