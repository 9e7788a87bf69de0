import { type Cbor, decodeCbor, encodeCbor, isList } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";
import { MAX_FILE, STRIDE } from "./layout.ts";
import { NODE } from "./tree.ts";

/** Part of the format: never reuse a number. */
const TYPE = { ask: 1, holds: 2, none: 3, get: 4, chunk: 5 } as const;

const LENGTH = 2;
const MAX_BITMAP = 512 * 1024;
/** Levels of the tree of the largest file. */
const MAX_PROOF = 22 * NODE;

/**
 * What two devices say to each other about files, in either direction. `id` is the asker's, for the answer. A file is named by
 * its root and size.
 */
export type FileFrame =
  | { type: "ask"; id: number; root: Uint8Array; size: number }
  /** The chunks that the other holds: null for all. */
  | { type: "holds"; id: number; bits: Uint8Array | null }
  /** Not here, or not for you: no difference is shown. */
  | { type: "none"; id: number }
  | { type: "get"; id: number; root: Uint8Array; size: number; index: number }
  | { type: "chunk"; id: number; proof: Uint8Array; sealed: Uint8Array };

/**
 * Two bytes with the length of the head (big-endian), the head in CBOR, then the chunk or the bitmap as it is; in the bytes that `take`
 * gives.
 */
export function encodeFileFrame(frame: FileFrame, take = (length: number): Uint8Array => new Uint8Array(length)): Uint8Array {
  const { head, tail } = partsOf(frame);
  const encoded = encodeCbor(head);
  const bytes = take(LENGTH + encoded.length + tail.length);
  bytes.set([encoded.length >> 8, encoded.length & 255]);
  bytes.set(encoded, LENGTH);
  bytes.set(tail, LENGTH + encoded.length);
  return bytes;
}

const NOTHING = new Uint8Array(0);

function partsOf(frame: FileFrame): { head: Cbor; tail: Uint8Array } {
  switch (frame.type) {
    case "ask":
      return { head: [TYPE.ask, frame.id, frame.root, frame.size], tail: NOTHING };
    case "holds":
      return { head: [TYPE.holds, frame.id, frame.bits === null], tail: frame.bits ?? NOTHING };
    case "none":
      return { head: [TYPE.none, frame.id], tail: NOTHING };
    case "get":
      return { head: [TYPE.get, frame.id, frame.root, frame.size, frame.index], tail: NOTHING };
    case "chunk":
      return { head: [TYPE.chunk, frame.id, frame.proof], tail: frame.sealed };
  }
}

/** Throws `MalformedError`. Bitmap and chunk are views into `bytes`, nothing else is. */
export function decodeFileFrame(bytes: Uint8Array): FileFrame {
  const end = LENGTH + (bytes.length < LENGTH ? 0 : ((bytes[0] as number) << 8) + (bytes[1] as number));
  if (bytes.length < end) throw new MalformedError("a file frame that is cut off");
  const head = decodeCbor(new Uint8Array(bytes.subarray(LENGTH, end)));
  const tail = bytes.subarray(end);
  if (!isList(head)) throw new MalformedError("not a file frame");
  const [type, id, a, b, c] = head;
  const known = { id: integer(id, 2 ** 32 - 1) };
  const takesTail = type === TYPE.holds || type === TYPE.chunk;
  if (!takesTail && tail.length > 0) throw new MalformedError("bytes behind a file frame");
  switch (type) {
    case TYPE.ask:
      return { type: "ask", ...known, ...file(fields(head, 4), a, b) };
    case TYPE.holds:
      return { type: "holds", ...known, bits: bitmap(fields(head, 3), a, tail) };
    case TYPE.none:
      fields(head, 2);
      return { type: "none", ...known };
    case TYPE.get:
      return { type: "get", ...known, ...file(fields(head, 5), a, b), index: integer(c, MAX_FILE) };
    case TYPE.chunk:
      fields(head, 3);
      if (tail.length > STRIDE) throw new MalformedError("a chunk that is too long");
      return { type: "chunk", ...known, proof: proof(a), sealed: tail };
    default:
      throw new MalformedError("unknown type of file frame");
  }
}

function fields(head: readonly Cbor[], length: number): true {
  if (head.length !== length) throw new MalformedError("not the fields of this file frame");
  return true;
}

function file(_complete: true, root: Cbor | undefined, size: Cbor | undefined): { root: Uint8Array; size: number } {
  if (!(root instanceof Uint8Array) || root.length !== NODE) throw new MalformedError("not the root of a file");
  return { root, size: integer(size, MAX_FILE) };
}

function bitmap(_complete: true, whole: Cbor | undefined, tail: Uint8Array): Uint8Array | null {
  if (typeof whole !== "boolean" || tail.length > MAX_BITMAP || (whole && tail.length > 0))
    throw new MalformedError("not a bitmap of chunks");
  return whole ? null : tail;
}

function proof(value: Cbor | undefined): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length > MAX_PROOF || value.length % NODE !== 0) throw new MalformedError("not a proof");
  return value;
}

function integer(value: Cbor | undefined, most: number): number {
  if (typeof value !== "number" || value < 0 || value > most) throw new MalformedError("expected an unsigned integer");
  return value;
}
