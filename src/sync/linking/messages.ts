/** The frames of a linking (K5), in their order. Everything that is read here is hostile. */
import { arrayOf, blobOf, bytesOf, textOf, tupleOf, uintOf } from "../account/shape.ts";
import { MAX_CERTIFICATE_BYTES } from "../account/certificate.ts";
import { MAX_OP_BYTES } from "../account/op.ts";
import { classCode, classOf } from "../account/op-body.ts";
import type { DeviceClass } from "../account/state.ts";
import { type Cbor, decodeCbor, encodeCbor } from "../encoding/cbor.ts";
import { HomeportError, MalformedError } from "../errors.ts";

const VERSION = 1;
/** Joiner: hello, reveal, consent. Sponsor: answer, identity, draft, welcome. Part of the format. */
const TYPE = { hello: 1, answer: 2, reveal: 3, identity: 4, draft: 5, consent: 6, welcome: 7 } as const;
type Type = keyof typeof TYPE;

/** Largest frame of each type, in bytes. */
export const FRAME_LIMIT: Readonly<Record<Type, number>> = {
  hello: 128,
  answer: 128,
  reveal: 2048,
  identity: 256,
  draft: MAX_OP_BYTES + 64,
  consent: 128,
  welcome: 512 * 1024,
};

const MAX_NAME = 128;
const MAX_WELCOME_ITEMS = 4096;

/** `hello` and `answer`: a commitment to the reveal of the same side, and the proof that its sender knows the secret. */
export interface Opening {
  commitment: Uint8Array;
  proof: Uint8Array;
}

export interface JoinerReveal {
  nonce: Uint8Array;
  device: Uint8Array;
  class: DeviceClass;
  name: string;
  /** Of the transport key that the link runs on (K2). */
  certificate: Uint8Array;
}

export interface SponsorReveal {
  nonce: Uint8Array;
  device: Uint8Array;
  account: Uint8Array;
}

export interface Welcome {
  ops: readonly Uint8Array[];
  certificates: readonly Uint8Array[];
  /** No further welcome follows. */
  last: boolean;
}

export const encodeOpening = (type: "hello" | "answer", { commitment, proof }: Opening): Uint8Array => frame(type, commitment, proof);

export function decodeOpening(type: "hello" | "answer", bytes: Uint8Array): Opening {
  const [commitment, proof] = read(type, bytes, 2);
  return { commitment: bytesOf(commitment, "a commitment", 32), proof: bytesOf(proof, "a proof", 32) };
}

export function encodeJoinerReveal({ nonce, device, class: deviceClass, name, certificate }: JoinerReveal): Uint8Array {
  return frame("reveal", nonce, device, classCode(deviceClass), name, certificate);
}

export function decodeJoinerReveal(bytes: Uint8Array): JoinerReveal {
  const [nonce, device, deviceClass, name, certificate] = read("reveal", bytes, 5);
  const text = textOf(name, "a name", MAX_NAME);
  if (!isDeviceName(text)) throw new MalformedError("a device name is empty or has control characters");
  return {
    nonce: bytesOf(nonce, "a nonce", 32),
    device: bytesOf(device, "a device key", 32),
    class: classOf(deviceClass),
    name: text,
    certificate: blobOf(certificate, "a certificate", MAX_CERTIFICATE_BYTES),
  };
}

export const encodeSponsorReveal = ({ nonce, device, account }: SponsorReveal): Uint8Array => frame("identity", nonce, device, account);

export function decodeSponsorReveal(bytes: Uint8Array): SponsorReveal {
  const [nonce, device, account] = read("identity", bytes, 3);
  return {
    nonce: bytesOf(nonce, "a nonce", 32),
    device: bytesOf(device, "a device key", 32),
    account: bytesOf(account, "an account", 32),
  };
}

/** The signed part of the `add` that the sponsor is about to sign. */
export const encodeDraft = (signedPart: Uint8Array): Uint8Array => frame("draft", signedPart);

export function decodeDraft(bytes: Uint8Array): Uint8Array {
  return blobOf(read("draft", bytes, 1)[0], "a signed part", MAX_OP_BYTES);
}

/** The new device's countersignature. */
export const encodeConsent = (countersignature: Uint8Array): Uint8Array => frame("consent", countersignature);

export function decodeConsent(bytes: Uint8Array): Uint8Array {
  return bytesOf(read("consent", bytes, 1)[0], "a countersignature", 64);
}

export const encodeWelcome = ({ ops, certificates, last }: Welcome): Uint8Array => frame("welcome", ops, certificates, last ? 1 : 0);

export function decodeWelcome(bytes: Uint8Array): Welcome {
  const [ops, certificates, last] = read("welcome", bytes, 3);
  const list = (value: Cbor | undefined, what: string, max: number): Uint8Array[] =>
    arrayOf(value, what, MAX_WELCOME_ITEMS).map((item) => blobOf(item, what, max));
  return {
    ops: list(ops, "the ops", MAX_OP_BYTES),
    certificates: list(certificates, "the certificates", MAX_CERTIFICATE_BYTES),
    last: uintOf(last, "the end mark") === 1,
  };
}

/** True for the first frame of a welcome, false for a draft or anything else. */
export function isWelcome(bytes: Uint8Array): boolean {
  try {
    decodeWelcome(bytes);
    return true;
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

/** Shown to people and printed on terminals. */
function isDeviceName(name: string): boolean {
  return (
    name.trim() !== "" && name.length <= MAX_NAME && name.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(name)
  );
}

export function requireDeviceName(name: string): void {
  if (!isDeviceName(name))
    throw new HomeportError("wrong-name", `A device name has 1 to ${MAX_NAME} characters and no control characters.`);
}

function frame(type: Type, ...fields: Cbor[]): Uint8Array {
  return encodeCbor([VERSION, TYPE[type], ...fields]);
}

function read(type: Type, bytes: Uint8Array, fields: number): readonly Cbor[] {
  if (bytes.length > FRAME_LIMIT[type]) throw new MalformedError(`a frame of type ${type} is too large`);
  const [version, code, ...rest] = tupleOf(decodeCbor(bytes.slice()), "a frame", fields + 2);
  if (version !== VERSION || code !== TYPE[type]) throw new MalformedError(`a frame is not of type ${type}`);
  return rest;
}
