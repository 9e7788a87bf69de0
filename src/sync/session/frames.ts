import { type Cbor, decodeCbor, encodeCbor, isList } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";
import type { Run } from "../log/run.ts";
import type { Position } from "../log/vector.ts";
import { PART_DIGEST, PART_SET, PARTS, type Summary, type VectorPiece } from "./vectors.ts";

/** Part of the format: never reuse a number. */
const TYPE = {
  hello: 0,
  auth: 1,
  ops: 2,
  overview: 3,
  vector: 4,
  entries: 5,
  ack: 6,
  call: 7,
  result: 8,
  live: 9,
  ping: 10,
  pong: 11,
  continue: 16,
  last: 17,
  piece: 18,
} as const;

/** Part of the format: raised when a frame changes its meaning. */
export const SESSION_VERSION = 1;

/** Most entries in one frame. */
const MAX_RUN_ENTRIES = 1024;
const MAX_ITEMS = 16 * 1024;
const MAX_CALL_TEXT = 512 * 1024;

export interface TaggedRun extends Run {
  /** Names the conversation in this session only (B7). */
  tag: Uint8Array;
}

/** What two devices say to each other over one link, in either direction. */
export type Frame =
  /** First of all: a random number, from which the tags of this session follow (B7). */
  | { type: "hello"; version: number; nonce: Uint8Array }
  /** The transport certificate (K2) and how much of the account is known. */
  | { type: "auth"; certificate: Uint8Array; ops: { author: Uint8Array; seq: number; id: Uint8Array }[] }
  | { type: "ops"; ops: Uint8Array[] }
  /** B6: a digest of the vector for each conversation, and where the vector is long one of each part. */
  | { type: "overview"; conversations: ({ tag: Uint8Array } & Summary)[] }
  | { type: "vector"; tag: Uint8Array; positions: Position[] }
  /** B6: some parts of a long vector. */
  | ({ type: "piece"; tag: Uint8Array } & VectorPiece)
  | { type: "entries"; runs: TaggedRun[] }
  /** F5: stored and committed up to here. */
  | { type: "ack"; tag: Uint8Array; positions: Position[] }
  /** A call of the device API, forwarded between own devices; `text` is JSON. */
  | { type: "call"; id: number; method: string; text: string }
  | { type: "result"; id: number; ok: boolean; text: string }
  /** State of the moment for own devices, never stored; `text` is JSON. */
  | { type: "live"; topic: string; text: string }
  | { type: "ping"; n: number }
  /** B3: `now` is the clock of the one who answers, in milliseconds since 1970. */
  | { type: "pong"; n: number; now?: number | undefined }
  /** F1: the session of this token goes on over this link. Its first frame, from each side; without a token: no such session. */
  | { type: "continue"; token: Uint8Array }
  /** F1: nothing more comes over this link from this side. */
  | { type: "last" };

export function encodeFrame(frame: Frame): Uint8Array {
  return encodeCbor(fieldsOf(frame));
}

function fieldsOf(frame: Frame): Cbor {
  switch (frame.type) {
    case "hello":
      return [TYPE.hello, frame.version, frame.nonce];
    case "auth":
      return [TYPE.auth, frame.certificate, frame.ops.map(({ author, seq, id }) => [author, seq, id])];
    case "ops":
      return [TYPE.ops, frame.ops];
    case "overview":
      return [TYPE.overview, frame.conversations.map(({ tag, digest, parts }) => (parts ? [tag, digest, parts] : [tag, digest]))];
    case "vector":
    case "ack":
      return [TYPE[frame.type], frame.tag, frame.positions.map(positionFields)];
    case "piece":
      return [TYPE.piece, frame.tag, frame.base, frame.same, frame.parts, frame.positions.map(positionFields)];
    case "entries":
      return [TYPE.entries, frame.runs.map(runFields)];
    case "call":
      return [TYPE.call, frame.id, frame.method, frame.text];
    case "result":
      return [TYPE.result, frame.id, frame.ok, frame.text];
    case "live":
      return [TYPE.live, frame.topic, frame.text];
    case "ping":
      return [TYPE.ping, frame.n];
    case "pong":
      return frame.now === undefined ? [TYPE.pong, frame.n] : [TYPE.pong, frame.n, frame.now];
    case "continue":
      return [TYPE.continue, frame.token];
    case "last":
      return [TYPE.last];
  }
}

function positionFields({ device, incarnation, seq }: Position): Cbor {
  return [device, incarnation, seq];
}

function runFields(run: TaggedRun): Cbor {
  return [run.tag, run.feed, run.incarnation, run.entries.map(({ header, body }) => [header, body]), run.signature];
}

/** Throws `MalformedError`. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const fields = decodeCbor(bytes);
  if (!isList(fields)) throw new MalformedError("not a frame");
  const [type, a, b, c, d, e] = fields;
  switch (type) {
    case TYPE.hello:
      return { type: "hello", version: integer(a), nonce: exactly(b, 32) };
    case TYPE.auth:
      return { type: "auth", certificate: blob(a, 1024), ops: list(b, MAX_ITEMS, lastOp) };
    case TYPE.ops:
      return { type: "ops", ops: list(a, MAX_ITEMS, (op) => blob(op, 32 * 1024)) };
    case TYPE.overview:
      return { type: "overview", conversations: list(a, MAX_ITEMS, tagAndDigest) };
    case TYPE.vector:
      return { type: "vector", tag: exactly(a, 16), positions: list(b, MAX_ITEMS, position3) };
    case TYPE.ack:
      return { type: "ack", tag: exactly(a, 16), positions: list(b, MAX_ITEMS, position3) };
    case TYPE.piece:
      return { type: "piece", tag: exactly(a, 16), ...piece(b, c, d, e) };
    case TYPE.entries:
      return { type: "entries", runs: list(a, MAX_RUN_ENTRIES, taggedRun) };
    case TYPE.call:
      return { type: "call", id: integer(a), method: text(b, 64), text: text(c, MAX_CALL_TEXT) };
    case TYPE.result:
      return { type: "result", id: integer(a), ok: flag(b), text: text(c, MAX_CALL_TEXT) };
    case TYPE.live:
      return { type: "live", topic: text(a, 64), text: text(b, MAX_CALL_TEXT) };
    case TYPE.ping:
      return { type: "ping", n: integer(a) };
    case TYPE.pong:
      return b === undefined ? { type: "pong", n: integer(a) } : { type: "pong", n: integer(a), now: integer(b) };
    case TYPE.continue:
      return { type: "continue", token: blob(a, 32) };
    case TYPE.last:
      return { type: "last" };
    default:
      throw new MalformedError("unknown type of frame");
  }
}

function taggedRun(value: Cbor): TaggedRun {
  const [tag, feed, incarnation, entries, signature] = tuple(value, 5);
  return {
    tag: exactly(tag, 16),
    feed: exactly(feed, 32),
    incarnation: exactly(incarnation, 8),
    entries: list(entries, MAX_RUN_ENTRIES, entry),
    signature: exactly(signature, 64),
  };
}

function entry(value: Cbor): { header: Uint8Array; body: Uint8Array | null } {
  const [header, body] = tuple(value, 2);
  return { header: blob(header, 4096), body: body === null ? null : blob(body, 1 << 20) };
}

function tagAndDigest(value: Cbor): { tag: Uint8Array } & Summary {
  if (!isList(value) || value.length < 2 || value.length > 3) throw new MalformedError("not the expected tuple");
  const [tag, digest, parts] = value;
  const named = { tag: exactly(tag, 16), digest: exactly(digest, 16) };
  return parts === undefined ? named : { ...named, parts: exactly(parts, PARTS * PART_DIGEST) };
}

function piece(base: Cbor | undefined, same: Cbor | undefined, parts: Cbor | undefined, positions: Cbor | undefined): VectorPiece {
  return {
    ...{ base: exactly(base, 16), same: exactly(same, PART_SET), parts: exactly(parts, PART_SET) },
    positions: list(positions, MAX_ITEMS, position3),
  };
}

/** An author's newest op; the id tells the branches of a fork apart. */
function lastOp(value: Cbor): { author: Uint8Array; seq: number; id: Uint8Array } {
  const [author, seq, id] = tuple(value, 3);
  return { author: exactly(author, 32), seq: integer(seq), id: exactly(id, 32) };
}

function position3(value: Cbor): Position {
  const [device, incarnation, seq] = tuple(value, 3);
  return { device: exactly(device, 32), incarnation: exactly(incarnation, 8), seq: integer(seq) };
}

function tuple(value: Cbor | undefined, length: number): readonly Cbor[] {
  if (!isList(value) || value.length !== length) throw new MalformedError("not the expected tuple");
  return value;
}

function list<T>(value: Cbor | undefined, most: number, item: (value: Cbor) => T): T[] {
  if (!isList(value) || value.length > most) throw new MalformedError("not the expected list");
  return value.map(item);
}

function exactly(value: Cbor | undefined, length: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw new MalformedError(`expected ${length} bytes`);
  return value;
}

function blob(value: Cbor | undefined, most: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length > most) throw new MalformedError("expected bytes");
  return value;
}

function integer(value: Cbor | undefined): number {
  if (typeof value !== "number" || value < 0) throw new MalformedError("expected an unsigned integer");
  return value;
}

function text(value: Cbor | undefined, most: number): string {
  if (typeof value !== "string" || value.length > most) throw new MalformedError("expected a text");
  return value;
}

function flag(value: Cbor | undefined): boolean {
  if (typeof value !== "boolean") throw new MalformedError("expected true or false");
  return value;
}
