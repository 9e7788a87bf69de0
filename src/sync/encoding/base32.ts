import { base32 } from "multiformats/bases/base32";

/** RFC 4648 base32, lower case, without padding: readable, one word to a double click, and safe in a shell and a URL. */
export const toBase32 = (bytes: Uint8Array): string => base32.baseEncode(bytes);

/** Undefined for anything but what `toBase32` would have written. */
export function fromBase32(text: string): Uint8Array | undefined {
  try {
    const bytes = base32.baseDecode(text);
    return toBase32(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
