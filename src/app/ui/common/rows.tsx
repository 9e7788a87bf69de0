import type { ReactElement, ReactNode } from "react";
import { hashOf, type Route } from "../route.ts";
import { ChevronOn } from "./icons.tsx";

/** A list of rows in one card. */
export function Rows({ children, label }: { children: ReactNode; label?: string }): ReactElement {
  return (
    <ul className="rows" {...(label === undefined ? {} : { "aria-label": label })}>
      {children}
    </ul>
  );
}

interface RowProps {
  title: ReactNode;
  text?: ReactNode;
  icon?: ReactNode;
  /** At the end of the line: a button, a state. */
  children?: ReactNode;
}

export function Row({ title, text, icon, children }: RowProps): ReactElement {
  return (
    <li className="item">
      {icon}
      <Words title={title} text={text} />
      {children}
    </li>
  );
}

/** A row that leads somewhere. */
export function RowLink({
  title,
  text,
  icon,
  children,
  to,
  isCurrent = false,
}: RowProps & { to: Route; isCurrent?: boolean }): ReactElement {
  return (
    <li>
      <a className="item" href={hashOf(to)} {...(isCurrent ? { "aria-current": "page" } : {})}>
        {icon}
        <Words title={title} text={text} />
        {children}
        <span className="soft">
          <ChevronOn />
        </span>
      </a>
    </li>
  );
}

function Words({ title, text }: { title: ReactNode; text: ReactNode }): ReactElement {
  return (
    <span className="words">
      <span>{title}</span>
      {text === undefined || text === null ? null : <span className="soft">{text}</span>}
    </span>
  );
}
