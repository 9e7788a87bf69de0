import { MalformedError } from "../errors.ts";
import type { Cbor } from "./cbor.ts";

const MAX_DEPTH = 16;
const TWO_32 = 2 ** 32;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Names of fields come again and again: found by their bytes they need not be made anew. */
const SHORT = 24;
const SLOTS = 1024;
const known: ({ bytes: Uint8Array; text: string } | undefined)[] = Array.from({ length: SLOTS });

const EMPTY = new Uint8Array();
let input: Uint8Array = EMPTY;
let at = 0;

/**
 * Accepts only what `encodeCbor` would have written: one item, no trailing bytes, shortest forms, keys of maps in their order
 * and once each, no floats, tags or big integers, at most 16 levels deep. Byte strings share the memory of `bytes`.
 * Throws `MalformedError`.
 */
export function decodeCbor(bytes: Uint8Array): Cbor {
  input = bytes;
  at = 0;
  try {
    const value = read(0);
    if (at !== bytes.length) throw new MalformedError("more than one item");
    return value;
  } finally {
    input = EMPTY;
  }
}

function read(depth: number): Cbor {
  if (depth > MAX_DEPTH) throw new MalformedError("nested too deeply");
  if (at >= input.length) throw new MalformedError("it ends too early");
  const first = input[at++] as number;
  switch (first >> 5) {
    case 0:
      return readArgument(first & 31);
    case 1:
      return negative(readArgument(first & 31));
    case 2:
      return readBytes(readLength(first & 31));
    case 3:
      return readText(readLength(first & 31));
    case 4:
      return readList(readLength(first & 31), depth);
    case 5:
      return readMap(readLength(first & 31), depth);
    default:
      return simple(first);
  }
}

function simple(first: number): null | boolean {
  if (first === 0xf6) return null;
  if (first === 0xf4) return false;
  if (first === 0xf5) return true;
  throw new MalformedError("neither a tag, a float nor a simple value has a place here");
}

function negative(argument: number): number {
  const value = -1 - argument;
  if (!Number.isSafeInteger(value)) throw new MalformedError("not a safe integer");
  return value;
}

/** In its shortest form, and a safe integer. */
function readArgument(info: number): number {
  if (info < 24) return info;
  if (info > 27) throw new MalformedError("not a definite length");
  const size = 1 << (info - 24);
  if (at + size > input.length) throw new MalformedError("it ends too early");
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (input[at + i] as number);
  at += size;
  if (value < LEAST[size as 1 | 2 | 4 | 8]) throw new MalformedError("not in the shortest form");
  if (value > Number.MAX_SAFE_INTEGER) throw new MalformedError("not a safe integer");
  return value;
}

const LEAST = { 1: 24, 2: 0x100, 4: 0x10000, 8: TWO_32 } as const;

/** Of bytes, or of items of one byte at least: never more than what is left. */
function readLength(info: number): number {
  const length = readArgument(info);
  if (length > input.length - at) throw new MalformedError("it ends too early");
  return length;
}

function readBytes(length: number): Uint8Array {
  // Not `subarray`: of a Buffer that is a Buffer, whose `slice` makes no copy.
  const bytes = new Uint8Array(input.buffer, input.byteOffset + at, length);
  at += length;
  return bytes;
}

function readList(length: number, depth: number): Cbor[] {
  const list: Cbor[] = [];
  for (let i = 0; i < length; i++) list.push(read(depth + 1));
  return list;
}

function readMap(length: number, depth: number): { [key: string]: Cbor } {
  const map: { [key: string]: Cbor } = {};
  let before = 0;
  for (let i = 0; i < length; i++) {
    const start = at;
    const key = readKey();
    if (i > 0 && !isLess(before, start, at)) throw new MalformedError("keys out of order");
    before = start;
    map[key] = read(depth + 1);
  }
  return map;
}

function readKey(): string {
  const first = input[at++] ?? 0;
  if (first >> 5 !== 3) throw new MalformedError("a key that is no text");
  const length = readLength(first & 31);
  const key = length > 0 && length <= SHORT ? readName(length) : readText(length);
  // An object would take it for something else.
  if (key === "__proto__") throw new MalformedError("not a name of a field");
  return key;
}

/** Bytewise order of two encoded keys, the second from `b` to `end`: neither is a prefix of the other. */
function isLess(a: number, b: number, end: number): boolean {
  for (let i = 0; b + i < end; i++) {
    const difference = (input[a + i] as number) - (input[b + i] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function readText(length: number): string {
  const start = at;
  at += length;
  return length > SHORT ? decodeText(start, at) : shortText(start, at);
}

/** Where all is ASCII this is quicker than to ask the decoder. */
function shortText(start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) {
    const byte = input[i] as number;
    if (byte >= 0x80) return decodeText(start, end);
    text += String.fromCharCode(byte);
  }
  return text;
}

function readName(length: number): string {
  const slot = slotOf(at, length);
  const found = known[slot];
  const start = at;
  if (found && isSame(found.bytes, start, length)) {
    at += length;
    return found.text;
  }
  const text = readText(length);
  known[slot] = { bytes: new Uint8Array(input.subarray(start, at)), text };
  return text;
}

function slotOf(start: number, length: number): number {
  let hash = length;
  for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + (input[start + i] as number)) | 0;
  return (hash ^ (hash >>> 12)) & (SLOTS - 1);
}

function isSame(bytes: Uint8Array, start: number, length: number): boolean {
  if (bytes.length !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[i] !== input[start + i]) return false;
  return true;
}

function decodeText(start: number, end: number): string {
  try {
    return decoder.decode(input.subarray(start, end));
  } catch (cause) {
    throw new MalformedError("not UTF-8", { cause });
  }
}
