import { UsageError } from "./failure.ts";

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/;
const MILLISECONDS = /^\d{1,15}$/;

/** Milliseconds since 1970 of what was given to an option: a day or a moment, local unless it says otherwise, or the number itself. */
export function timeOf(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (MILLISECONDS.test(given)) return Number(given);
  const time = DAY.test(given) ? Date.parse(`${given}T00:00`) : MOMENT.test(given) ? Date.parse(given) : Number.NaN;
  if (!Number.isFinite(time) || time < 0)
    throw new UsageError(`--${option} takes a day like 2026-03-01, a time like 2026-03-01T09:30, or milliseconds since 1970.`);
  return time;
}
