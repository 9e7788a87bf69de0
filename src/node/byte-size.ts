/** e.g. `10 GiB`, `1.5GiB`, `500000`. */
export const BYTE_SIZE = /^(\d{1,15}(?:\.\d{1,6})?) ?(|bytes|KiB|MiB|GiB|TiB)$/;

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/** `text` fits `BYTE_SIZE`. */
export function bytesOf(text: string): number {
  const [, number = "0", unit = ""] = BYTE_SIZE.exec(text) ?? [];
  return Math.min(Number.MAX_SAFE_INTEGER, Math.floor(Number(number) * 1024 ** Math.max(0, UNITS.indexOf(unit))));
}
