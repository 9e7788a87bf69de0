const REPLACEMENT = "\ufffd";
/** Controls, line separators, direction marks and overrides, invisible characters, tags, lone surrogates, private use. */
const UNSAFE =
  /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]/gu;
/** Joiners belong into Persian, Hindi and emoji; beside ASCII they only hide. */
const STRAY_JOINER = /(?<=^|\p{ASCII})[\u200c\u200d]|[\u200c\u200d](?=\p{ASCII}|$)/gu;
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu;

/**
 * One line of text that is safe to show among words of ours: what could move the cursor, reorder or hide text becomes
 * U+FFFD, and what is longer than `limit` code points ends in "…".
 */
export function cleanText(hostile: string, limit = 120): string {
  const head = hostile.slice(0, limit * 4);
  const visible = head
    .replace(/[\t\n\r ]+/g, " ")
    .replace(UNSAFE, REPLACEMENT)
    .replace(STRAY_JOINER, REPLACEMENT)
    .replace(PILED_MARKS, "$1")
    .trim();
  const points = [...visible];
  const whole = points.length <= limit && head.length === hostile.length;
  return whole ? visible : `${points.slice(0, limit - 1).join("")}…`;
}
