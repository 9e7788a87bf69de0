/** Most other nicks to try when the wanted one is taken. */
export const MAX_ALTERNATIVES = 6;

/** The nick to try after `attempt` (from 1) others were taken: `alice_`, `alice__`, then with a number; never longer than the server allows. */
export function alternativeNick(wanted: string, attempt: number, maxLength: number): string {
  const suffix = attempt <= 2 ? "_".repeat(attempt) : `_${attempt}`;
  return wanted.slice(0, Math.max(1, maxLength - suffix.length)) + suffix;
}
