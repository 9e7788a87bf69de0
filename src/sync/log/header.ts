import type { EntryAddress, Hlc } from "../core.ts";
import { DOMAIN } from "../domains.ts";
import { type Cbor, decodeCbor, encodeCbor, isList } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";
import type { Crypto } from "../ports.ts";
import { compareHlc, MAX_HLC_MS } from "./hlc.ts";

/** Part of the format: what `v` says. */
export const HEADER_VERSION = 1;
/** B1. */
export const MAX_PARENTS = 8;
/** Largest body, in bytes; a frame holds it with room to spare. */
export const MAX_BODY = 256 * 1024;

/** A place in another feed of the same conversation that the author had seen. */
export interface Parent {
  feed: Uint8Array;
  incarnation: Uint8Array;
  seq: number;
  hash: Uint8Array;
}

/** B1. What the id of an entry is the hash of; it stays when the body is deleted. */
export interface Header extends EntryAddress {
  /** Hash of the header at seq − 1 of the same feed; null at seq 1. */
  prev: Uint8Array | null;
  /** Heads of other feeds, at most eight, */
  parents: readonly Parent[];
  hlc: Hlc;
  /** Head of the account DAG as the author knew it. */
  accountHead: Uint8Array;
  /** Head of the permission chain; null outside rooms. */
  permissionHead: Uint8Array | null;
  kind: number;
  bodyHash: Uint8Array;
  /** Bytes, the 16 random ones included. */
  bodySize: number;
}

export function encodeHeader(header: Header): Uint8Array {
  return encodeCbor([
    HEADER_VERSION,
    header.conversation,
    header.feed,
    header.incarnation,
    header.seq,
    header.prev,
    header.parents.map((parent) => [parent.feed, parent.incarnation, parent.seq, parent.hash]),
    header.hlc.ms,
    header.hlc.n,
    header.accountHead,
    header.permissionHead,
    header.kind,
    header.bodyHash,
    header.bodySize,
  ]);
}

/** The id of an entry. 32 bytes. */
export function hashHeader(crypto: Crypto, encoded: Uint8Array): Uint8Array {
  return crypto.hash(DOMAIN.entryHeader, encoded);
}

/** Checks everything that needs no context. Throws `MalformedError`. */
export function decodeHeader(encoded: Uint8Array): Header {
  const fields = decodeCbor(encoded);
  if (!isList(fields) || fields.length !== 14 || fields[0] !== HEADER_VERSION) throw new MalformedError("not an entry header of version 1");
  const [, conversation, feed, incarnation, seq, prev, parents, ms, n, accountHead, permissionHead, kind, bodyHash, bodySize] = fields;
  const header: Header = {
    conversation: bytes(conversation, 32),
    feed: bytes(feed, 32),
    incarnation: bytes(incarnation, 8),
    seq: integer(seq, 1, Number.MAX_SAFE_INTEGER),
    prev: prev === null ? null : bytes(prev, 32),
    parents: decodeParents(parents),
    hlc: { ms: integer(ms, 0, MAX_HLC_MS), n: integer(n, 0, 0xffff) },
    accountHead: bytes(accountHead, 32),
    permissionHead: permissionHead === null ? null : bytes(permissionHead, 32),
    kind: integer(kind, 0, 0xffff),
    bodyHash: bytes(bodyHash, 32),
    bodySize: integer(bodySize, 16, MAX_BODY),
  };
  if ((header.seq === 1) !== (header.prev === null)) throw new MalformedError("prev and seq do not fit");
  return header;
}

/** B2: greater than the hlc of everything it names. */
export function follows(header: Header, earlier: Hlc): boolean {
  return compareHlc(header.hlc, earlier) > 0;
}

function decodeParents(value: Cbor | undefined): Parent[] {
  if (!isList(value) || value.length > MAX_PARENTS) throw new MalformedError("too many parents");
  return value.map((parent) => {
    if (!isList(parent) || parent.length !== 4) throw new MalformedError("not a parent");
    return {
      feed: bytes(parent[0], 32),
      incarnation: bytes(parent[1], 8),
      seq: integer(parent[2], 1, Number.MAX_SAFE_INTEGER),
      hash: bytes(parent[3], 32),
    };
  });
}

function bytes(value: Cbor | undefined, length: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw new MalformedError(`expected ${length} bytes`);
  return value;
}

function integer(value: Cbor | undefined, least: number, most: number): number {
  if (typeof value !== "number" || value < least || value > most) throw new MalformedError("expected an integer in its range");
  return value;
}
