import { pino } from "pino";
import type { Log } from "../sync/log-port.ts";

/** Structured lines on stderr. Secrets that were registered never appear, whatever carries them. */
export interface Logger {
  log: Log;
  /** A value that must not appear from now on. */
  redact(secret: string): void;
}

const MIN_SECRET = 4;

export function createLogger(level: string): Logger {
  const secrets = new Set<string>();
  const hide = (text: string): string => [...secrets].reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
  const logger = pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 2, sync: true }));
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
