import { HomeportError } from "../api/errors.ts";
import { clean, jsonText } from "./render/clean.ts";

/** The command line itself is wrong. */
export class UsageError extends HomeportError {
  constructor(message: string) {
    super("usage", message);
  }
}

const EXIT: Readonly<Record<string, number>> = { usage: 2, "no-daemon": 3, "timed-out": 4 };

/** 1 refused or failed, 2 usage, 3 no daemon, 4 timed out. Part of the public interface. */
export const exitCodeOf = (error: unknown): number => (error instanceof HomeportError ? (EXIT[error.code] ?? 1) : 1);

/** One line for stderr: the sentence, or with `--json` one object `{code, message}`. */
export function failureText(error: unknown, json: boolean): string {
  const code = error instanceof HomeportError ? error.code : "internal";
  const message = error instanceof Error ? error.message : "Something went wrong.";
  return json ? jsonText({ code, message }) : clean(message, "block");
}
