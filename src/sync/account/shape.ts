/** Reads hostile, already decoded CBOR. Everything throws `MalformedError` that names the field. */
import { type Cbor, isList } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";

export function arrayOf(value: Cbor | undefined, what: string, max: number): readonly Cbor[] {
  if (!isList(value)) throw new MalformedError(`${what} is not an array`);
  if (value.length > max) throw new MalformedError(`${what} has more than ${max} items`);
  return value;
}

export function tupleOf(value: Cbor | undefined, what: string, length: number): readonly Cbor[] {
  const items = arrayOf(value, what, length);
  if (items.length !== length) throw new MalformedError(`${what} has not ${length} items`);
  return items;
}

export function bytesOf(value: Cbor | undefined, what: string, length: number): Uint8Array {
  const bytes = blobOf(value, what, length);
  if (bytes.length !== length) throw new MalformedError(`${what} has not ${length} bytes`);
  return bytes;
}

export function blobOf(value: Cbor | undefined, what: string, max: number): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new MalformedError(`${what} is not a byte string`);
  if (value.length > max) throw new MalformedError(`${what} has more than ${max} bytes`);
  return value;
}

export function orNull<T>(value: Cbor | undefined, read: (value: Cbor | undefined) => T): T | null {
  return value === null ? null : read(value);
}

export function uintOf(value: Cbor | undefined, what: string, min = 0): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min) {
    throw new MalformedError(`${what} is not an integer from ${min}`);
  }
  return value;
}

/** `max` in UTF-16 code units. */
export function textOf(value: Cbor | undefined, what: string, max: number): string {
  if (typeof value !== "string") throw new MalformedError(`${what} is not text`);
  if (value.length > max) throw new MalformedError(`${what} is longer than ${max}`);
  return value;
}
