import i18next from "i18next";
import { HomeportError } from "../../api/errors.ts";

/** Codes that stand for many reasons: what the device said is told as well, in its own words. */
const BROAD: ReadonlySet<string> = new Set([
  ...["not-allowed", "forbidden", "not-found", "unsupported", "exists", "invalid-params", "bad-field", "bad-config", "wrong-link"],
  ...["no-recovery", "unreachable", "auth", "offline", "rate", "insecure", "corrupt", "malformed"],
]);

/** What a person is told of a code, in the language that is shown; `message` is the device's, in English. */
export function wordsOfCode(code: string, message: string): string {
  if (i18next.language === "en") return message;
  const name = `errors.code.${code}`;
  if (!i18next.exists(name)) return message;
  const words = i18next.t(name);
  return BROAD.has(code) ? i18next.t("errors.withReason", { words, message }) : words;
}

/** As `wordsOfCode`, of anything that was thrown. */
export function errorWords(error: unknown): string {
  return error instanceof HomeportError ? wordsOfCode(error.code, error.message) : i18next.t("errors.code.internal");
}
