import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Check, Info, Warning } from "./icons.tsx";

type Tone = "good" | "warn" | "bad";

/** A state in a word or two. */
export function Badge({ children, tone, icon }: { children: ReactNode; tone?: Tone | undefined; icon?: ReactNode }): ReactElement {
  return (
    <span className="badge" {...(tone ? { "data-tone": tone } : {})}>
      {icon}
      {children}
    </span>
  );
}

interface BannerProps {
  children: ReactNode;
  tone?: Tone;
  icon?: ReactNode;
  /** Said at once by a screen reader. */
  isAlert?: boolean;
}

/** Something to know before going on. */
export function Banner({ children, tone, icon, isAlert = false }: BannerProps): ReactElement {
  return (
    <div className="banner" {...(tone ? { "data-tone": tone } : {})} {...(isAlert ? { role: "alert" } : {})}>
      {icon ?? iconOf(tone)}
      <div>{children}</div>
    </div>
  );
}

function iconOf(tone: Tone | undefined): ReactElement {
  if (tone === undefined) return <Info />;
  return tone === "good" ? <Check /> : <Warning />;
}

interface EmptyProps {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
}

/** Says what would be here, and how it comes to be. */
export function Empty({ icon, title, children }: EmptyProps): ReactElement {
  return (
    <div className="empty">
      {icon}
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Something takes a while. */
export function Waiting({ children }: { children?: ReactNode }): ReactElement {
  const { t } = useTranslation();
  return (
    <div className="waiting" role="status">
      <span className="spinner" aria-hidden="true" />
      <span>{children ?? t("loading")}</span>
    </div>
  );
}
