import type { ReactNode } from "react";
import { cleanBlock } from "../../../security-labels/index.ts";

/** Only these become links; what looks like one of another kind stays text. */
const LINK = /https?:\/\/[^\s<>"]+/g;

/** Text from anywhere, made safe, with web addresses to follow. Nothing is fetched. */
export function linkify(hostile: string): ReactNode[] {
  const text = cleanBlock(hostile);
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const url = match[0].replace(/[.,;:!?)\]]+$/, "");
    parts.push(
      text.slice(end, match.index),
      <a key={match.index} href={url} target="_blank" rel="noopener noreferrer nofollow">
        {url}
      </a>,
    );
    end = match.index + url.length;
  }
  parts.push(text.slice(end));
  return parts;
}
