import type { Cbor } from "../../sync/encoding/cbor.ts";

/** Without the properties that are undefined, which the encoding has no word for; texts without half characters. */
export function toCbor(value: unknown): Cbor {
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  if (typeof value === "string") return value.toWellFormed();
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(toCbor);
  if (typeof value !== "object") throw new TypeError("a value that cannot be encoded");
  return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, toCbor(item)]])));
}

/** At most `length` UTF-16 code units, cut between characters. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text.toWellFormed();
  const cut = text.charCodeAt(length - 1) >= 0xd800 && text.charCodeAt(length - 1) < 0xdc00 ? length - 1 : length;
  return text.slice(0, cut).toWellFormed();
}

/** Longest of the short texts in entries, see `content/bridged.ts`. */
export const MAX_SHORT = 512;
