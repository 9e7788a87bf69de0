/** The few pieces of DER (X.690) that the library has no class for. */
export function der(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return Uint8Array.from(Buffer.concat([Uint8Array.of(tag), lengthOf(size), ...parts]));
}

export const SEQUENCE = 0x30;

function lengthOf(size: number): Uint8Array {
  if (size < 0x80) return Uint8Array.of(size);
  if (size < 0x100) return Uint8Array.of(0x81, size);
  if (size < 0x10000) return Uint8Array.of(0x82, size >> 8, size & 0xff);
  throw new TypeError("longer than anything that is made here");
}
