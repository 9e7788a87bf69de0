import { compareBytes } from "./bytes.ts";
import type { Cbor } from "./cbor.ts";

const HEAD = { unsigned: 0x00, negative: 0x20, bytes: 0x40, text: 0x60, array: 0x80, map: 0xa0 } as const;
const MAX_KEPT = 1 << 20;
const encoder = new TextEncoder();
/** Short keys come again and again. */
const keys = new Map<string, Uint8Array>();
const MAX_KEYS = 1024;

/** Where everything is written first; nothing of it is ever handed out. */
let buffer = new Uint8Array(4096);
let view = new DataView(buffer.buffer);
let length = 0;

/**
 * Deterministic CBOR (RFC 8949 §4.2.1): shortest forms, definite lengths, map keys in bytewise order of their encoding. Throws a
 * TypeError for what the protocol has no form for, such as fractions. Written by hand, since every entry passes here several times.
 */
export function encodeCbor(value: Cbor): Uint8Array {
  length = 0;
  write(value);
  const bytes = buffer.slice(0, length);
  if (buffer.length > MAX_KEPT) reserveNew(4096);
  return bytes;
}

function write(value: Cbor): void {
  if (typeof value === "string") return writeText(value);
  if (typeof value === "number") return writeNumber(value);
  if (value === null) return writeByte(0xf6);
  if (typeof value === "boolean") return writeByte(value ? 0xf5 : 0xf4);
  if (value instanceof Uint8Array) {
    writeHead(HEAD.bytes, value.length);
    return writeBytes(value);
  }
  if (Array.isArray(value)) {
    writeHead(HEAD.array, value.length);
    for (const item of value) write(item as Cbor);
    return;
  }
  if (typeof value !== "object") throw new TypeError("there is no form for this");
  writeMap(value as { readonly [key: string]: Cbor });
}

function writeMap(map: { readonly [key: string]: Cbor }): void {
  const names = Object.keys(map);
  const encoded = names.map((name) => ({ name, bytes: keyOf(name) })).sort((a, b) => compareBytes(a.bytes, b.bytes));
  writeHead(HEAD.map, names.length);
  for (const { name, bytes } of encoded) {
    writeBytes(bytes);
    write(map[name] as Cbor);
  }
}

function keyOf(name: string): Uint8Array {
  const known = keys.get(name);
  if (known) return known;
  const text = encoder.encode(name);
  const start = length;
  writeHead(HEAD.text, text.length);
  writeBytes(text);
  const bytes = buffer.slice(start, length);
  length = start;
  if (keys.size < MAX_KEYS && name.length <= 32) keys.set(name, bytes);
  return bytes;
}

function writeText(text: string): void {
  // At most three bytes for each UTF-16 code unit; the head is written once the length is known.
  reserve(text.length * 3 + 9);
  if (text.length < 24) {
    const { written } = encoder.encodeInto(text, buffer.subarray(length + 1));
    if (written < 24) {
      buffer[length] = HEAD.text + written;
      length += 1 + written;
      return;
    }
  }
  const bytes = encoder.encode(text);
  writeHead(HEAD.text, bytes.length);
  writeBytes(bytes);
}

function writeNumber(value: number): void {
  if (!Number.isSafeInteger(value)) throw new TypeError("only safe integers are encoded");
  if (value >= 0) writeHead(HEAD.unsigned, value);
  else writeHead(HEAD.negative, -1 - value);
}

function writeHead(kind: number, n: number): void {
  reserve(9);
  if (n < 24) {
    buffer[length++] = kind | n;
  } else if (n < 0x100) {
    buffer[length++] = kind | 24;
    buffer[length++] = n;
  } else if (n < 0x10000) {
    buffer[length++] = kind | 25;
    view.setUint16(length, n);
    length += 2;
  } else if (n < 0x100000000) {
    buffer[length++] = kind | 26;
    view.setUint32(length, n);
    length += 4;
  } else {
    buffer[length++] = kind | 27;
    view.setUint32(length, Math.floor(n / 0x100000000));
    view.setUint32(length + 4, n >>> 0);
    length += 8;
  }
}

function writeBytes(bytes: Uint8Array): void {
  reserve(bytes.length);
  buffer.set(bytes, length);
  length += bytes.length;
}

function writeByte(byte: number): void {
  reserve(1);
  buffer[length++] = byte;
}

function reserve(more: number): void {
  if (length + more <= buffer.length) return;
  const old = buffer;
  reserveNew(Math.max(buffer.length * 2, length + more));
  buffer.set(old.subarray(0, length));
}

function reserveNew(size: number): void {
  buffer = new Uint8Array(size);
  view = new DataView(buffer.buffer);
}
