import { decode, encode, rfc8949EncodeOptions } from "cborg";
import { MalformedError } from "../errors.ts";
import { sameBytes } from "./bytes.ts";

/** What a structure of the protocol is made of. Maps have text keys; integers are safe integers. */
export type Cbor = null | boolean | number | string | Uint8Array | readonly Cbor[] | { readonly [key: string]: Cbor };

/** `Array.isArray` that keeps the type of the items. */
export const isList = (value: Cbor | undefined): value is readonly Cbor[] => Array.isArray(value);

const DECODE_OPTIONS = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowBigInt: false,
  allowInfinity: false,
  allowNaN: false,
  rejectDuplicateMapKeys: true,
};

const MAX_DEPTH = 16;

/** Deterministic CBOR (RFC 8949 §4.2): shortest forms, definite lengths, map keys in bytewise order of their encoding. */
export function encodeCbor(value: Cbor): Uint8Array {
  return encode(value, rfc8949EncodeOptions);
}

/**
 * Accepts only what `encodeCbor` would have written: one item, no trailing bytes, no floats, tags or big integers, at
 * most 16 levels deep. Throws `MalformedError`.
 */
export function decodeCbor(bytes: Uint8Array): Cbor {
  let value: Cbor;
  try {
    value = decode(bytes, DECODE_OPTIONS) as Cbor;
    checkShape(value, 0);
    if (!sameBytes(bytes, encodeCbor(value))) throw new MalformedError("not in the shortest form");
  } catch (cause) {
    // A nesting that overflows the stack of the decoder ends here as well.
    throw new MalformedError("not deterministic CBOR", { cause });
  }
  return value;
}

function checkShape(value: Cbor, depth: number): void {
  if (depth > MAX_DEPTH) throw new MalformedError("nested too deeply");
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new MalformedError("not an integer");
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return;
  for (const item of Object.values(value)) checkShape(item, depth + 1);
}
