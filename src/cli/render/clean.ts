/**
 * Everything that comes from outside goes through here before a terminal sees it: no escape sequence acts, nothing
 * invisible reorders or hides text, and no line break makes up a row that looks like one of ours. What is taken away is
 * shown by its code, so that the reader sees that it was there.
 */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
/** C1 and bidirectional controls (UAX #9), invisible characters that may hide text, private use, which fonts draw as icons. */
const INVISIBLE = /(?!\p{Join_Control}|\ufe0e|\ufe0f)[\u0080-\u009f\p{Co}\p{DI}\p{Bidi_Control}\ufff9-\ufffb]/gu;
/** Joiners belong into Persian, Hindi and emoji; beside ASCII they only hide. */
const STRAY_JOINER = /(?<=^|\p{ASCII})\p{Join_Control}|\p{Join_Control}(?=\p{ASCII}|$)/gu;
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu;
const BREAK = /\r\n|[\n\r\u0085\u2028\u2029]/g;

/** `line`: stays on one line, for names. `block`: goes on over lines, each indented by four spaces. */
export function clean(text: string, shape: "line" | "block"): string {
  return text
    .toWellFormed()
    .replace(BREAK, "\n")
    .replace(CONTROL, picture)
    .replace(STRAY_JOINER, codePoint)
    .replace(INVISIBLE, codePoint)
    .replace(PILED_MARKS, "$1")
    .replace(/\t/g, shape === "line" ? " " : "\t")
    .replace(/\n/g, shape === "line" ? "␊" : "\n    ");
}

/** U+2400 and on: the visible picture of a control character. */
const picture = (control: string): string => String.fromCharCode(control === "\u007f" ? 0x2421 : 0x2400 + control.charCodeAt(0));

const codePoint = (hidden: string): string => `<U+${hex(hidden.codePointAt(0) ?? 0)}>`;

const hex = (point: number): string => point.toString(16).toUpperCase().padStart(4, "0");

/** JSON for stdout; what `JSON.stringify` leaves and a terminal might act on is escaped, so the value stays the same. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (found) => `\\u${hex(found.charCodeAt(0)).toLowerCase()}`,
  );
}
