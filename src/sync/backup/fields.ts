import type { Cbor } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";

/** Throws `MalformedError` for anything but so many bytes. */
export function bytesField(value: Cbor | undefined, length: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw new MalformedError(`expected ${length} bytes`);
  return value;
}

/** Throws `MalformedError` for anything but an integer in this range. */
export function intField(value: Cbor | undefined, least: number, most: number): number {
  if (typeof value !== "number" || value < least || value > most) throw new MalformedError("expected an integer in its range");
  return value;
}
