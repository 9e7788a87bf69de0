import { DOMAIN } from "../domains.ts";
import { concat, toHex } from "../encoding/bytes.ts";
import { decodeCbor, encodeCbor } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";
import type { Crypto } from "../ports.ts";
import { decodeBody, encodeBody, listOf, type OpBody, sortedUnique, typeCode } from "./op-body.ts";
import { blobOf, bytesOf, orNull, tupleOf, uintOf } from "./shape.ts";

const ACCOUNT_OP_VERSION = 1;
/** A7: largest op as it travels, in bytes. */
export const MAX_OP_BYTES = 16 * 1024;
export const MAX_PARENTS = 8;

/** What an author decides; the rest of an op follows from it (A1). */
export interface OpDraft {
  /** Null in a genesis only, whose id is the account. */
  account: Uint8Array | null;
  /** Device key, or the recovery key of a `recover`. */
  author: Uint8Array;
  /** From 1, without gaps in the author's chain. */
  seq: number;
  /** Id of the author's op before; null at seq 1. */
  prev: Uint8Array | null;
  /** Ids of other heads that the author knew; without `prev`. */
  parents: readonly Uint8Array[];
  body: OpBody;
}

/** A decoded op. Its signatures are checked by `OpSet`, not by decoding. */
export interface AccountOp extends OpDraft {
  id: Uint8Array;
  /** Hexadecimal forms, made once: resolution compares them thousands of times. */
  key: string;
  authorKey: string;
  prevKey: string | null;
  parentKeys: readonly string[];
  signedPart: Uint8Array;
  signature: Uint8Array;
  countersignature: Uint8Array | null;
  /** The whole as it travels. */
  bytes: Uint8Array;
}

export function encodeSignedPart(draft: OpDraft): Uint8Array {
  const { account, author, seq, prev, parents, body } = draft;
  return encodeCbor([ACCOUNT_OP_VERSION, account, author, seq, prev, sortedUnique(parents), typeCode(body), encodeBody(body)]);
}

export function encodeOp(signedPart: Uint8Array, signature: Uint8Array, countersignature: Uint8Array | null): Uint8Array {
  return encodeCbor([signedPart, signature, countersignature]);
}

/** A1: the id covers no signature. */
export function opId(crypto: Crypto, signedPart: Uint8Array): Uint8Array {
  return crypto.hash(DOMAIN.accountOp, signedPart);
}

/** What a new device signs to consent (A2): account ‖ id of the sponsor's `add` ‖ its own key. 96 bytes. */
export function countersignedPart(account: Uint8Array, id: Uint8Array, device: Uint8Array): Uint8Array {
  return concat(account, id, device);
}

/** Throws `MalformedError`. The result shares no memory with `input`. */
export function decodeOp(crypto: Crypto, input: Uint8Array): AccountOp {
  if (input.length > MAX_OP_BYTES) throw new MalformedError("an account op is larger than 16 KiB");
  const bytes = input.slice();
  const [signed, signature, countersignature] = tupleOf(decodeCbor(bytes), "an account op", 3);
  const signedPart = blobOf(signed, "a signed part", MAX_OP_BYTES);
  const draft = decodeSignedPart(signedPart);
  const id = opId(crypto, signedPart);
  return {
    ...draft,
    id,
    key: toHex(id),
    authorKey: toHex(draft.author),
    prevKey: draft.prev && toHex(draft.prev),
    parentKeys: draft.parents.map(toHex),
    signedPart,
    signature: bytesOf(signature, "a signature", 64),
    countersignature: orNull(countersignature, (value) => bytesOf(value, "a countersignature", 64)),
    bytes,
  };
}

/** Throws `MalformedError`. */
export function decodeSignedPart(bytes: Uint8Array): OpDraft {
  const [version, account, author, seq, prev, parents, type, body] = tupleOf(decodeCbor(bytes), "a signed part", 8);
  if (version !== ACCOUNT_OP_VERSION) throw new MalformedError("an account op is of an unknown version");
  const idOf = (value: typeof prev): Uint8Array => bytesOf(value, "an id", 32);
  return {
    account: orNull(account, idOf),
    author: bytesOf(author, "an author", 32),
    seq: uintOf(seq, "a seq", 1),
    prev: orNull(prev, idOf),
    parents: listOf(parents, "the parents", MAX_PARENTS),
    body: decodeBody(uintOf(type, "an op type"), body),
  };
}
