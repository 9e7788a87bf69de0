import { decode, encode, rfc8949EncodeOptions } from "cborg";
import type { Chance } from "../simulation/world.ts";

const INTERESTING = [0, 1, 23, 24, 0x7f, 0x80, 0xff, 0xffff, 2 ** 31, 2 ** 32, 2 ** 48, Number.MAX_SAFE_INTEGER, -1];
const LENGTHS = [0, 1, 15, 16, 31, 32, 33, 64, 1000, 70_000];

/** A hostile variant of a valid input: of its bytes, or of what it says where it is CBOR. */
export function mutate(chance: Chance, sample: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const times = 1 + chance.below(3);
  let bytes = sample;
  for (let i = 0; i < times; i++) bytes = chance.yes(0.6) ? structured(chance, bytes) : raw(chance, bytes, others);
  return bytes;
}

function structured(chance: Chance, bytes: Uint8Array): Uint8Array {
  let value: unknown;
  try {
    value = decode(bytes, { strict: false });
  } catch {
    return raw(chance, bytes, []);
  }
  try {
    return encode(change(chance, value, 0), rfc8949EncodeOptions);
  } catch {
    // Something that CBOR does not hold, such as a number too large.
    return raw(chance, bytes, []);
  }
}

/** One place of the tree becomes something else. */
function change(chance: Chance, value: unknown, depth: number): unknown {
  const here = depth > 12 || chance.yes(0.25);
  if (Array.isArray(value) && value.length > 0 && !here) {
    const at = chance.below(value.length);
    return value.map((item: unknown, index) => (index === at ? change(chance, item, depth + 1) : item));
  }
  if (value !== null && typeof value === "object" && !(value instanceof Uint8Array) && !Array.isArray(value) && !here) {
    const entries = Object.entries(value);
    const at = entries.length === 0 ? 0 : chance.below(entries.length);
    return Object.fromEntries(entries.map(([key, item], index) => [key, index === at ? change(chance, item, depth + 1) : item]));
  }
  return replaced(chance, value);
}

function replaced(chance: Chance, value: unknown): unknown {
  switch (chance.below(9)) {
    case 0:
      return chance.pick(INTERESTING);
    case 1:
      return chance.bytes(chance.pick(LENGTHS));
    case 2:
      return chance.pick(["", "__proto__", "\u0000", "\ud83d\ude00".repeat(40), "x".repeat(chance.pick(LENGTHS))]);
    case 3:
      return chance.pick([null, true, false]);
    case 4:
      return [value];
    case 5:
      return Array.from({ length: chance.pick([0, 2, 9, 300]) }, () => value);
    case 6:
      return { constructor: value, length: 1 };
    case 7:
      return Array.isArray(value) ? value.slice(chance.below(value.length + 1)) : [value, value];
    default:
      return value instanceof Uint8Array ? raw(chance, value, []) : typeof value === "number" ? value + 1 : null;
  }
}

function raw(chance: Chance, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const copy = bytes.slice();
  const at = chance.below(bytes.length + 1);
  switch (chance.below(6)) {
    case 0:
      if (at < copy.length) copy[at] = (copy[at] as number) ^ (1 << chance.below(8));
      return copy;
    case 1:
      if (at < copy.length) copy[at] = chance.pick([0, 0x1b, 0x3b, 0x5a, 0x5b, 0x7f, 0x80, 0x9b, 0xbb, 0xd8, 0xf7, 0xfb, 0xff]);
      return copy;
    case 2:
      return copy.subarray(0, at);
    case 3:
      return joined(copy.subarray(0, at), chance.bytes(chance.below(12)), copy.subarray(at));
    case 4:
      return joined(copy.subarray(0, at), copy.subarray(Math.min(copy.length, at + 1 + chance.below(16))));
    default: {
      const other = others.length > 0 ? chance.pick(others) : copy;
      return joined(copy.subarray(0, at), other.subarray(chance.below(other.length + 1)));
    }
  }
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
