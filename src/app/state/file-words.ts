import { cleanText } from "../../security-labels/index.ts";

/** What browsers show and that can run nothing. */
const PICTURES: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

export const isPicture = (mime: string): boolean => PICTURES.has(mime.toLowerCase());

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

export function byteText(bytes: number, language: string): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < UNITS.length - 1; unit++) value /= 1000;
  const digits = value < 10 && unit > 0 ? 1 : 0;
  return new Intl.NumberFormat(language, { style: "unit", unit: UNITS[unit] as string, maximumFractionDigits: digits }).format(value);
}

/** A name that a browser saves under: one that shows, is no path and hides nothing. */
export function saveName(name: string): string {
  const safe = cleanText(name, 120)
    .replace(/[\\/:*?"<>|\ufffd]/g, "_")
    .replace(/^\.+/, "");
  return safe || "file";
}
