const REPLACEMENT = "\ufffd";
/** Controls, lone surrogates, private use, line separators and all that is invisible or reorders; not joiners and emoji variants. */
const UNSAFE = /(?!\p{Join_Control}|\ufe0e|\ufe0f)[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{DI}\p{Bidi_Control}\ufff9-\ufffb]/gu;
/** Joiners belong into Persian, Hindi and emoji; beside ASCII they only hide. */
const STRAY_JOINER = /(?<=^|\p{ASCII})\p{Join_Control}|\p{Join_Control}(?=\p{ASCII}|$)/gu;
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu;

/**
 * One line of text that is safe to show among words of ours: what could move the cursor, reorder or hide text becomes
 * U+FFFD, and what is longer than `limit` code points ends in "…".
 */
export function cleanText(hostile: string, limit = 120): string {
  const head = hostile.slice(0, limit * 4);
  const visible = tame(head.replace(/[\t\n\r ]+/g, " ")).trim();
  const points = Array.from(visible);
  const whole = points.length <= limit && head.length === hostile.length;
  return whole ? visible : `${points.slice(0, limit - 1).join("")}…`;
}

/** Several lines, as they were written, with the same made safe: for the text of a message, which stands by itself. */
export function cleanBlock(hostile: string): string {
  return hostile
    .split(/\r\n|\r|\n/)
    .map((line) => tame(line.replaceAll("\t", "    ")))
    .join("\n");
}

function tame(text: string): string {
  return text.replace(UNSAFE, REPLACEMENT).replace(STRAY_JOINER, REPLACEMENT).replace(PILED_MARKS, "$1");
}
