import { MAX_BODY, type Header } from "./header.ts";
import { MAX_HLC_MS } from "./hlc.ts";

/** Where the fields of a header begin that two entries of one feed may have differently: version, conversation, feed and incarnation stand before. */
const OWN = 2 + 34 + 34 + 9;
const BYTES_32 = 0x58;
const NO_PARENTS = 0x80;
const NULL = 0xf6;

let input: Uint8Array = new Uint8Array();
let at = 0;

/**
 * The header of an entry that names only the one before it in its feed, as nearly all do; it shares what is the same with that
 * one. Undefined for everything else, which is for `decodeHeader` to look at: where both answer, they answer the same.
 */
export function decodeNextHeader(
  encoded: Uint8Array,
  before: { header: Header; encoded: Uint8Array; hash: Uint8Array },
): Header | undefined {
  if (encoded.length < OWN + 110 || !isSame(encoded, before.encoded, OWN)) return undefined;
  input = encoded;
  at = OWN;
  const { conversation, feed, incarnation, accountHead } = before.header;
  const seq = integer(Number.MAX_SAFE_INTEGER);
  if (seq === undefined || seq < 2 || !takes(before.hash) || input[at++] !== NO_PARENTS) return undefined;
  const ms = integer(MAX_HLC_MS);
  const n = integer(0xffff);
  if (ms === undefined || n === undefined || !takes(accountHead) || input[at++] !== NULL) return undefined;
  const kind = integer(0xffff);
  if (kind === undefined || at + 34 > encoded.length || input[at] !== BYTES_32 || input[at + 1] !== 32) return undefined;
  const bodyHash = new Uint8Array(encoded.buffer, encoded.byteOffset + at + 2, 32);
  at += 34;
  const bodySize = integer(MAX_BODY);
  if (bodySize === undefined || bodySize < 16 || at !== encoded.length) return undefined;
  return {
    ...{ conversation, feed, incarnation, seq, prev: before.hash, parents: [], hlc: { ms, n } },
    ...{ accountHead, permissionHead: null, kind, bodyHash, bodySize },
  };
}

/** An unsigned integer in its shortest form, at most so great. */
function integer(most: number): number | undefined {
  const first = input[at++];
  if (first === undefined || first < 24) return first !== undefined && first <= most ? first : undefined;
  if (first > 27) return undefined;
  const size = 1 << (first - 24);
  if (at + size > input.length) return undefined;
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (input[at + i] as number);
  at += size;
  const least = size === 1 ? 24 : 256 ** (size / 2);
  return value >= least && value <= most ? value : undefined;
}

/** Goes on behind 32 bytes, where these are the ones. */
function takes(bytes: Uint8Array): boolean {
  if (input[at] !== BYTES_32 || input[at + 1] !== 32 || at + 34 > input.length) return false;
  const start = at + 2;
  for (let i = 0; i < 32; i++) if (input[start + i] !== bytes[i]) return false;
  at = start + 32;
  return true;
}

function isSame(a: Uint8Array, b: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}
