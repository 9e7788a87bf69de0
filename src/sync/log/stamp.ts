import type { EntryRef } from "../content/text.ts";
import type { EntryAddress, Hlc } from "../core.ts";
import { concat } from "../encoding/bytes.ts";

/**
 * When and where an entry was written, as bytes whose order is the order of B2: hlc, feed, incarnation, seq. Of statements
 * that replace each other the one with the greatest stamp holds, on every device and in whatever order they came.
 */
export function stampOf({ hlc, feed, incarnation, seq }: EntryAddress & { hlc: Hlc }): Uint8Array {
  return concat(uint48(hlc.ms), new Uint8Array([hlc.n >>> 8, hlc.n & 0xff]), feed, incarnation, uint48(seq));
}

/** Where an entry of a known conversation stands, as bytes to find it by, also before it is here. */
export function placeKey({ feed, inc, seq }: EntryRef): Uint8Array {
  return concat(feed, inc, uint48(seq));
}

function uint48(value: number): Uint8Array {
  const bytes = new Uint8Array(6);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(value / 2 ** 32));
  view.setUint32(2, value % 2 ** 32);
  return bytes;
}
