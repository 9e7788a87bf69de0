import { openSync } from "node:fs";
import { pino } from "pino";
import { HomeportError } from "../sync/errors.ts";
import type { Log } from "../sync/log-port.ts";

/** Structured lines on stderr. Secrets that were registered never appear, whatever carries them. */
export interface Logger {
  log: Log;
  /** A value that must not appear from now on. */
  redact(secret: string): void;
}

const MIN_SECRET = 4;

/** `file`: appended to, 0600, instead of standard error. */
export function createLogger(level: string, file?: string): Logger {
  const secrets = new Set<string>();
  const hide = (text: string): string => [...secrets].reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
  const logger = pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, destination(file));
  return {
    log(severity, message, fields = {}) {
      const clean = Object.fromEntries(
        Object.entries(fields).map(([key, value]) => [key, typeof value === "string" ? hide(value) : value]),
      );
      logger[severity](clean, hide(message));
    },
    redact(secret) {
      if (secret.length >= MIN_SECRET) secrets.add(secret);
    },
  };
}

function destination(file: string | undefined) {
  if (file === undefined) return pino.destination({ dest: 2, sync: true });
  try {
    return pino.destination({ dest: openSync(file, "a", 0o600), sync: true });
  } catch (cause) {
    throw new HomeportError("bad-config", `The log file ${file} cannot be written.`, { cause });
  }
}
