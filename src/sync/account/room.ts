/** A7: who still has room where the account holds more ops than honest devices ever write. */
import { DOMAIN } from "../domains.ts";
import { sameBytes, toHex } from "../encoding/bytes.ts";
import type { Crypto } from "../ports.ts";
import type { AccountOp } from "./op.ts";
import type { AccountState } from "./state.ts";

/** Above this, room is for those who are in: 32 devices have 64 ops each, and revocations, freezes and recoveries beside. */
export const MAX_SHARED_OPS = 4096;

/** What is known of the account, without the op in question. */
export interface Holdings {
  crypto: Crypto;
  state: AccountState;
  /** The author's ops, parents first. */
  chain: readonly AccountOp[];
  /** Ops that are not in this one's past. */
  since(op: AccountOp): Iterable<AccountOp>;
}

/**
 * The reserve that nobody can take from another: ops of devices that are in, and of the recovery key, one a number and none
 * that only repeats. Everything else, as helpers of helpers and branches of a fork, shares what is left.
 */
export function hasReserve(op: AccountOp, holdings: Holdings): boolean {
  if (holdings.chain.some(({ seq }) => seq === op.seq)) return false;
  return isByRecoveryKey(op, holdings) || (isIn(op, holdings) && !repeats(op, holdings));
}

function isIn({ authorKey }: AccountOp, { state }: Holdings): boolean {
  const standing = state.devices.get(authorKey)?.state;
  return standing === "admitted" || standing === "frozen";
}

function isByRecoveryKey({ author }: AccountOp, { crypto, state }: Holdings): boolean {
  const { hash } = state.recovery;
  return hash !== null && sameBytes(hash, crypto.hash(DOMAIN.recoveryHash, author));
}

/** The author has said the same before, and neither it nor whom it names was added, unfrozen or recovered since. */
function repeats(op: AccountOp, { chain, since }: Holdings): boolean {
  const named = namedIn(op);
  if (named.length === 0) return false;
  const before = chain.findLast(
    ({ body }, at) => body.type === op.body.type && named.every((device) => namedIn(chain[at] as AccountOp).includes(device)),
  );
  if (before === undefined) return false;
  const about = new Set([...named, op.authorKey]);
  for (const { body, authorKey } of since(before)) {
    if (body.type === "recover" || (body.type === "add" && about.has(toHex(body.device)))) return false;
    if (body.type === "unfreeze" && (about.has(toHex(body.device)) || authorKey === op.authorKey)) return false;
  }
  return true;
}

function namedIn({ body }: AccountOp): string[] {
  if (body.type === "revoke") return body.devices.map(toHex);
  return body.type === "freeze" ? [toHex(body.device)] : [];
}
