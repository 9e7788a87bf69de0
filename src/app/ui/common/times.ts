/** Day and time as the person's language writes them. */
export function dayAndTime(at: number, language: string): string {
  return new Date(at).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** "3 hours ago"; what is longer ago than a week by its day. */
export function since(at: number, language: string, now = Date.now()): string {
  const past = now - at;
  if (past > 7 * 86_400_000) return new Date(at).toLocaleDateString(language, { dateStyle: "medium" });
  const [unit, length] = STEPS.find(([, step]) => past >= step) ?? ["second", 1000];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-Math.floor(past / length), unit);
}

/** Of storage, e.g. "4.2 MB". */
export function bytesText(bytes: number, language: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: units[power] as string,
    unitDisplay: "short",
    maximumFractionDigits: power > 1 ? 1 : 0,
  }).format(bytes / 1000 ** power);
}
