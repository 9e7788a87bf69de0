import { decode, encode } from "cborg";
import type { BridgeErrorData } from "../../contract/index.ts";
import { BridgeError } from "../bridge-error.ts";
import { MAX_FRAME } from "./limits.ts";
import { WireError } from "./wire-error.ts";

const CALL = 1;
const RESULT = 2;
const ERROR = 3;
const CANCEL = 4;
const NOTE = 5;

/** What travels in a `message` frame: a CBOR array that begins with its kind. */
export type Message =
  | { kind: "call"; id: number; method: string; params: unknown }
  | { kind: "result"; id: number; value: unknown }
  | { kind: "error"; id: number; error: BridgeErrorData }
  | { kind: "cancel"; id: number }
  | { kind: "note"; method: string; params: unknown };

/** Throws a `BridgeError` `too-large` for what does not fit into a frame. */
export function encodeMessage(message: Message): Uint8Array {
  const bytes = encode(toArray(message));
  if (bytes.length + 1 > MAX_FRAME) throw tooLarge(bytes.length);
  return bytes;
}

const tooLarge = (length: number): BridgeError =>
  new BridgeError({ code: "too-large", sent: "no", message: `A message of ${length} bytes is more than the ${MAX_FRAME} that fit.` });

function toArray(message: Message): unknown[] {
  switch (message.kind) {
    case "call":
      return [CALL, message.id, message.method, message.params];
    case "result":
      return [RESULT, message.id, message.value];
    case "error":
      return [ERROR, message.id, message.error];
    case "cancel":
      return [CANCEL, message.id];
    case "note":
      return [NOTE, message.method, message.params];
  }
}

/** Throws `WireError`. Params and values are not looked at: that is for who knows the method. */
export function decodeMessage(body: Uint8Array): Message {
  let parts: unknown;
  try {
    // A plain Uint8Array: of a Buffer the decoder would hand out views that keep the whole frame in memory.
    const plain = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    parts = decode(plain, { strict: true, allowIndefinite: false, allowNaN: false, allowInfinity: false, rejectDuplicateMapKeys: true });
  } catch (cause) {
    throw new WireError("a message that is not CBOR", { cause });
  }
  if (!Array.isArray(parts)) throw new WireError("a message that is not an array");
  return fromArray(parts);
}

function fromArray([kind, first, second, third]: unknown[]): Message {
  if (kind === NOTE) return { kind: "note", method: asMethod(first), params: second };
  const id = asId(first);
  if (kind === CALL) return { kind: "call", id, method: asMethod(second), params: third };
  if (kind === RESULT) return { kind: "result", id, value: second };
  if (kind === ERROR) return { kind: "error", id, error: asErrorData(second) };
  if (kind === CANCEL) return { kind: "cancel", id };
  throw new WireError("a message of an unknown kind");
}

function asId(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw new WireError("a call without an id");
}

function asMethod(value: unknown): string {
  if (typeof value === "string" && value.length <= 64) return value;
  throw new WireError("a call without a method");
}

type Code = BridgeErrorData["code"];
type Action = NonNullable<BridgeErrorData["action"]>;
const CODES: readonly Code[] = ["auth", "rate", "offline", "forbidden", "too-large", "unsupported", "not-found", "insecure", "internal"];
const ACTIONS: readonly Action[] = ["relogin", "check-settings", "open-native", "none"];
const MAX_WORDS = 1_000;

/** Throws `WireError`. */
export function asErrorData(value: unknown): BridgeErrorData {
  if (typeof value !== "object" || value === null) throw new WireError("an error without its data");
  const { code, sent, message, retryAfterMs, action } = value as Record<string, unknown>;
  if (typeof message !== "string") throw new WireError("an error without words");
  return {
    code: oneOf(CODES, code),
    sent: oneOf(["no", "maybe"] as const, sent),
    message: message.slice(0, MAX_WORDS),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: asDuration(retryAfterMs) }),
    ...(action === undefined ? {} : { action: oneOf(ACTIONS, action) }),
  };
}

function oneOf<T extends string>(allowed: readonly T[], value: unknown): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new WireError("an error with an unknown word");
  return found;
}

function asDuration(value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= 366 * 86_400_000) return value;
  throw new WireError("an error with a wrong duration");
}
