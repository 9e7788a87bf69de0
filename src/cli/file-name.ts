/** Bytes of UTF-8 that every usual file system takes, with room for a number. */
const MAX_BYTES = 200;
/** What separates folders anywhere, and what shells and other systems take for something special. */
const SPECIAL = /[/\\:*?"<>|]/g;
const CONTROL = /\p{Cc}/gu;
/** Reorders or hides what is shown (UAX #9), e.g. to pass `gpj.exe` off as a picture. */
const HIDDEN = /[\p{Bidi_Control}\p{DI}\p{Co}\p{Cs}\ufff9-\ufffb\u2028\u2029]/gu;
/** Names of devices on Windows, with any extension. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** A name for a file that somebody else named: never a path, never hidden, and shown as what it is. */
export function safeName(given: string): string {
  const flat = given.toWellFormed().replace(HIDDEN, "").replace(CONTROL, "").replace(SPECIAL, "_");
  const bare = flat.replace(/^[\s.]+/, "").replace(/[\s.]+$/, "");
  const name = shorten(DEVICE.test(bare) ? `_${bare}` : bare);
  return name === "" ? "file" : name;
}

/** `name.txt` → `name (2).txt`. */
export function numbered(name: string, n: number): string {
  if (n < 2) return name;
  const dot = name.lastIndexOf(".");
  return dot > 0 ? `${name.slice(0, dot)} (${n})${name.slice(dot)}` : `${name} (${n})`;
}

/** Keeps a short extension. */
function shorten(name: string): string {
  if (utf8Length(name) <= MAX_BYTES) return name;
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 && utf8Length(name.slice(dot)) <= 20 ? name.slice(dot) : "";
  let stem = name.slice(0, Math.min(name.length - extension.length, MAX_BYTES));
  while (utf8Length(stem) + utf8Length(extension) > MAX_BYTES) stem = stem.slice(0, -1);
  // A character may have been cut in two.
  return stem.replace(/[\ud800-\udbff]$/, "") + extension;
}

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;
