import { decodeCbor, encodeCbor, isList } from "../../sync/encoding/cbor.ts";
import { MalformedError } from "../../sync/errors.ts";

const VERSION = 1;
const KEY = 32;
/** Bytes; a longer frame is none. */
const MAX_FRAME = 64;

/** What became of an attempt. */
export const ANSWERS = ["opened", "wrong", "later"] as const;
export type Answer = (typeof ANSWERS)[number];

/** `[1, key]`: the key that the passphrase gives with the door's salt. */
export const encodeAttempt = (key: Uint8Array): Uint8Array => encodeCbor([VERSION, key]);

/** Throws `MalformedError`. */
export function decodeAttempt(bytes: Uint8Array): Uint8Array {
  const [version, key] = parts(bytes, 2);
  if (version !== VERSION || !(key instanceof Uint8Array) || key.length !== KEY) throw new MalformedError("not an attempt to unlock");
  return key;
}

/** `[1, n]`, `n` being the place of the answer in `ANSWERS`. */
export const encodeAnswer = (answer: Answer): Uint8Array => encodeCbor([VERSION, ANSWERS.indexOf(answer)]);

/** Throws `MalformedError`. */
export function decodeAnswer(bytes: Uint8Array): Answer {
  const [version, n] = parts(bytes, 2);
  const answer = typeof n === "number" ? ANSWERS[n] : undefined;
  if (version !== VERSION || answer === undefined) throw new MalformedError("not an answer to an attempt to unlock");
  return answer;
}

function parts(bytes: Uint8Array, count: number) {
  const value = bytes.length <= MAX_FRAME ? decodeCbor(bytes) : null;
  if (!isList(value) || value.length !== count) throw new MalformedError("not a frame of unlocking");
  return value;
}
