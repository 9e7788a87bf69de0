import { cleanText } from "../../security-labels/index.ts";

interface Match {
  start: number;
  end: number;
}

const BEFORE = 30;
const AFTER = 120;

/** The words around the first match, made safe, with the matches apart. */
export function snippetOf(text: string, matches: readonly Match[]): { text: string; match: boolean }[] {
  const first = matches[0]?.start ?? 0;
  const start = Math.max(0, first - BEFORE);
  const end = Math.min(text.length, first + AFTER);
  const parts: { text: string; match: boolean }[] = start > 0 ? [{ text: "…", match: false }] : [];
  let at = start;
  for (const match of matches) {
    if (match.start < at || match.end > end) continue;
    parts.push({ text: text.slice(at, match.start), match: false }, { text: text.slice(match.start, match.end), match: true });
    at = match.end;
  }
  parts.push({ text: text.slice(at, end), match: false });
  if (end < text.length) parts.push({ text: "…", match: false });
  return parts.filter((part) => part.text !== "").map((part) => ({ ...part, text: safe(part.text) }));
}

/** Spaces at the ends belong to the words beside. */
function safe(text: string): string {
  const clean = cleanText(text, 200);
  return `${/^\s/.test(text) ? " " : ""}${clean}${clean !== "" && /\s$/.test(text) ? " " : ""}`;
}
