import { sameBytes } from "../encoding/bytes.ts";
import { MalformedError } from "../errors.ts";
import { hashBody } from "../log/body.ts";
import { decodeHeader, encodeHeader, type Header, hashHeader } from "../log/header.ts";
import type { Crypto } from "../ports.ts";

/** An entry to be packed; `hash` is its id, and the body is the one that the header names. */
export interface Packable {
  header: Header;
  encoded: Uint8Array;
  hash: Uint8Array;
  body: Uint8Array;
}

/**
 * The headers of a pack, one record for each entry: the length of its body in four bytes, then a byte that says how the header
 * is written. Stored: never change what a record means.
 */
const WHOLE = 0;
/** All but clock and kind follows from the entry before it and from the body: milliseconds since that in four bytes, counter, kind. */
const NEXT = 1;
const SIZE = 4;
const WHOLE_HEAD = SIZE + 1 + 2;
const NEXT_SIZE = SIZE + 1 + 4 + 2 + 2;

export function packHeaders(entries: readonly Packable[]): Uint8Array {
  const isNext = entries.map((entry, i) => i > 0 && follows(entry, entries[i - 1] as Packable));
  const length = entries.reduce((sum, { encoded }, i) => sum + (isNext[i] ? NEXT_SIZE : WHOLE_HEAD + encoded.length), 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  entries.forEach(({ header, encoded, body }, i) => {
    view.setUint32(at, body.length);
    view.setUint8(at + SIZE, isNext[i] ? NEXT : WHOLE);
    if (isNext[i]) {
      view.setUint32(at + SIZE + 1, header.hlc.ms - (entries[i - 1] as Packable).header.hlc.ms);
      view.setUint16(at + SIZE + 5, header.hlc.n);
      view.setUint16(at + SIZE + 7, header.kind);
      at += NEXT_SIZE;
    } else {
      view.setUint16(at + SIZE + 1, encoded.length);
      bytes.set(encoded, at + WHOLE_HEAD);
      at += WHOLE_HEAD + encoded.length;
    }
  });
  return bytes;
}

/** The bodies, from the records and all of them in one piece; they share its memory. */
export function unpackBodies(records: Uint8Array, plain: Uint8Array): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  let start = 0;
  for (const { size } of read(records)) {
    bodies.push(plain.subarray(start, start + size));
    start += size;
  }
  return bodies;
}

/** The headers byte by byte as they were. Costs two hashes an entry. */
export function unpackHeaders(crypto: Crypto, records: Uint8Array, bodies: readonly Uint8Array[]): Uint8Array[] {
  const headers: Uint8Array[] = [];
  let before: { header: Header; hash: Uint8Array } | undefined;
  let i = 0;
  for (const { whole, next } of read(records)) {
    const body = bodies[i++] as Uint8Array;
    const header = whole ? decodeHeader(whole) : nextHeader(crypto, before, next, body);
    const encoded = whole?.slice() ?? encodeHeader(header);
    before = { header, hash: hashHeader(crypto, encoded) };
    headers.push(encoded);
  }
  return headers;
}

interface Clock {
  later: number;
  n: number;
  kind: number;
}

type PackRecord = { size: number } & ({ whole: Uint8Array; next?: undefined } | { whole?: undefined; next: Clock });

function* read(stored: Uint8Array): Generator<PackRecord> {
  // What a database gives may be a Buffer, whose parts make no copies.
  const records = new Uint8Array(stored.buffer, stored.byteOffset, stored.length);
  const view = new DataView(records.buffer, records.byteOffset, records.length);
  for (let at = 0; at < records.length; ) {
    const size = view.getUint32(at);
    if (view.getUint8(at + SIZE) === NEXT) {
      yield { size, next: { later: view.getUint32(at + SIZE + 1), n: view.getUint16(at + SIZE + 5), kind: view.getUint16(at + SIZE + 7) } };
      at += NEXT_SIZE;
    } else {
      const end = at + WHOLE_HEAD + view.getUint16(at + SIZE + 1);
      yield { size, whole: records.subarray(at + WHOLE_HEAD, end) };
      at = end;
    }
  }
}

function nextHeader(
  crypto: Crypto,
  before: { header: Header; hash: Uint8Array } | undefined,
  { later, n, kind }: Clock,
  body: Uint8Array,
): Header {
  if (!before) throw new MalformedError("a pack that begins with nothing");
  const { header, hash } = before;
  const hlc = { ms: header.hlc.ms + later, n };
  return { ...header, seq: header.seq + 1, prev: hash, parents: [], hlc, kind, bodyHash: hashBody(crypto, body), bodySize: body.length };
}

/** True where `nextHeader` makes the same of it. */
function follows({ header }: Packable, before: Packable): boolean {
  const { hlc, accountHead, permissionHead } = before.header;
  return (
    header.seq === before.header.seq + 1 &&
    header.prev !== null &&
    sameBytes(header.prev, before.hash) &&
    header.parents.length === 0 &&
    header.hlc.ms >= hlc.ms &&
    header.hlc.ms - hlc.ms < 2 ** 32 &&
    sameBytes(header.accountHead, accountHead) &&
    (permissionHead === null
      ? header.permissionHead === null
      : header.permissionHead !== null && sameBytes(header.permissionHead, permissionHead))
  );
}
