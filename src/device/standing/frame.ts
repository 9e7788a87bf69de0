import { decodeCbor, encodeCbor, isList } from "../../sync/encoding/cbor.ts";
import { MalformedError } from "../../sync/errors.ts";

const VERSION = 1;
const MAX_OPS = 4096;

/** `[1, [op, …]]`: ops of the account as they travel, parents first. */
export const encodeStanding = (ops: readonly Uint8Array[]): Uint8Array => encodeCbor([VERSION, [...ops]]);

/** Throws `MalformedError`. */
export function decodeStanding(bytes: Uint8Array): Uint8Array[] {
  const value = decodeCbor(bytes);
  const [version, ops] = isList(value) && value.length === 2 ? value : [];
  if (version !== VERSION || !isList(ops ?? null) || (ops as readonly unknown[]).length > MAX_OPS)
    throw new MalformedError("not a standing");
  const list = ops as readonly unknown[];
  if (!list.every((op) => op instanceof Uint8Array)) throw new MalformedError("not a standing");
  return list as Uint8Array[];
}
