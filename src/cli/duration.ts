import { UsageError } from "./failure.ts";

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** Seconds of what a person writes as `90s`, `10m`, `2h`, `7d` or `1w`. Throws a `UsageError` that names the option. */
export function durationOf(given: string, option: string): number {
  const [, number, unit] = /^(\d{1,9})([smhdw])$/.exec(given) ?? [];
  if (number === undefined || unit === undefined) throw new UsageError(`${option} takes a time such as 90s, 10m, 2h, 7d or 1w.`);
  return Number(number) * SECONDS[unit as keyof typeof SECONDS];
}

/** Milliseconds since 1970 of a time as `durationOf` takes it, from now on, or of a date as ISO 8601 writes it. */
export function momentOf(given: string, option: string, now: number): number {
  if (/^\d+[smhdw]$/.test(given)) return now + durationOf(given, option) * 1000;
  const time = /^\d{4}-\d\d-\d\d/.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(time)) throw new UsageError(`${option} takes a time such as 2h or 7d, or a date such as 2031-05-01T09:00.`);
  return time;
}
