/**
 * A2: what makes an op valid, once and for ever, given nothing but its own past. Whether a valid op has any effect is
 * another question, which `resolve` answers.
 */
import { DOMAIN } from "../domains.ts";
import { sameBytes } from "../encoding/bytes.ts";
import type { Crypto } from "../ports.ts";
import { type AccountOp, countersignedPart } from "./op.ts";
import type { OpType } from "./op-body.ts";

/** A7: ops an author may have, along one chain, outside those that always have room. */
export const MAX_OPS_PER_AUTHOR = 64;

const ALWAYS_ROOM: readonly OpType[] = ["revoke", "freeze", "recover"];

export const takesRoom = (op: AccountOp): boolean => !ALWAYS_ROOM.includes(op.body.type);

/** What the DAG says about an op whose past is complete. */
export interface Past {
  /** The op that `prev` names. */
  prev: AccountOp | undefined;
  /** The author's admission as a device lies in the past. */
  admitted: boolean;
  /** Hash of the recovery key in force in the past, and the epoch that a recovery would have. */
  recovery: { hash: Uint8Array | null; nextEpoch: number };
  /** The author is a device, and no device in the past is senior to it and not revoked. Costly. */
  leads: () => boolean;
  /** Ops of this chain, this one included, that take room. */
  spent: number;
}

/** Undefined where all is well; else the reason against the op. */
type OwnRule = (op: AccountOp, account: Uint8Array, crypto: Crypto) => string | undefined;
type PastRule = (op: AccountOp, past: Past, crypto: Crypto) => string | undefined;

/** Need nothing but the op. The costly ones stand last. */
const OWN_RULES: Readonly<Record<string, OwnRule>> = {
  ofThisAccount: (op, account) => fails(!sameBytes(op.account ?? op.id, account), "the op belongs to another account"),
  genesisHasNoPast: (op) => fails(isGenesis(op) && (op.seq !== 1 || namesAny(op)), "a genesis has a past"),
  onlyGenesisHasNoPast: (op) => fails(!isGenesis(op) && !namesAny(op), "the op has no past"),
  onlyGenesisIsTheAccount: (op) => fails(isGenesis(op) !== (op.account === null), "the op does not name its account"),
  genesisIsByItsDevice: ({ body, author }) =>
    fails(body.type === "genesis" && !sameBytes(author, body.device), "a genesis is not signed by its device"),
  noBrowserBegins: ({ body }) => fails(body.type === "genesis" && body.class !== "full", "a browser may not begin an account"),
  prevIsNamedFromSeqTwo: (op) => fails((op.seq === 1) !== (op.prev === null), "prev and seq do not fit"),
  prevIsNoParentToo: (op) => fails(op.prevKey !== null && op.parentKeys.includes(op.prevKey), "prev is named twice"),
  notAboutItself: (op) => fails(isAboutItself(op), "a device may not do this to itself"),
  addIsCountersigned: (op) => fails(!countersignatureFits(op), "the countersignature is missing or superfluous"),
  signature: (op, _account, crypto) =>
    fails(!crypto.verify(DOMAIN.accountOp, op.signedPart, op.signature, op.author), "the signature is wrong"),
  countersignature: (op, account, crypto) => fails(!isCountersigned(op, account, crypto), "the countersignature is wrong"),
};

/** Need the op's past. */
const PAST_RULES: Readonly<Record<string, PastRule>> = {
  prevIsTheAuthorsOpBefore: (op, { prev }) =>
    fails(op.prev !== null && (prev?.authorKey !== op.authorKey || prev.seq !== op.seq - 1), "prev is not the author's op before"),
  authorIsOfTheAccount: (op, past, crypto) =>
    fails(!isGenesis(op) && !past.admitted && !byRecoveryKey(op, past, crypto), "the author is not of this account"),
  recoveryKeyOnlyRecovers: (op, { admitted }) =>
    fails(!admitted && !["genesis", "add", "recover", "set-recovery"].includes(op.body.type), "the recovery key may not do this"),
  keyIsSetByTheMostSenior: ({ body }, { admitted, recovery, leads }) =>
    fails(body.type === "set-recovery" && admitted && (recovery.hash !== null || !leads()), "the author may not set a recovery key"),
  onlyRecoveryKeyRecovers: (op, { admitted }) => fails(op.body.type === "recover" && admitted, "a device may not recover"),
  epochFollows: ({ body }, { recovery }) =>
    fails(
      (body.type === "recover" || body.type === "set-recovery") && body.epoch !== recovery.nextEpoch,
      "the recovery epoch does not follow",
    ),
  hasRoom: (op, { spent }) => fails(takesRoom(op) && spent > MAX_OPS_PER_AUTHOR, "the author has written too many ops"),
};

export function findOwnFault(op: AccountOp, account: Uint8Array, crypto: Crypto): string | undefined {
  return firstOf(Object.values(OWN_RULES), (rule) => rule(op, account, crypto));
}

export function findPastFault(op: AccountOp, past: Past, crypto: Crypto): string | undefined {
  return firstOf(Object.values(PAST_RULES), (rule) => rule(op, past, crypto));
}

function firstOf<Rule>(rules: readonly Rule[], apply: (rule: Rule) => string | undefined): string | undefined {
  for (const rule of rules) {
    const fault = apply(rule);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const fails = (failed: boolean, reason: string): string | undefined => (failed ? reason : undefined);

const isGenesis = (op: AccountOp): boolean => op.body.type === "genesis";

const namesAny = (op: AccountOp): boolean => op.prevKey !== null || op.parentKeys.length > 0;

function byRecoveryKey(op: AccountOp, { recovery }: Past, crypto: Crypto): boolean {
  return recovery.hash !== null && sameBytes(crypto.hash(DOMAIN.recoveryHash, op.author), recovery.hash);
}

function isAboutItself({ body, author }: AccountOp): boolean {
  return (body.type === "add" || body.type === "freeze" || body.type === "unfreeze") && sameBytes(body.device, author);
}

/** Ops of a later version may carry one; its meaning is theirs. */
function countersignatureFits({ body, countersignature }: AccountOp): boolean {
  return body.type === "unknown" || (body.type === "add") === (countersignature !== null);
}

function isCountersigned({ body, id, countersignature }: AccountOp, account: Uint8Array, crypto: Crypto): boolean {
  if (body.type !== "add") return true;
  const message = countersignedPart(account, id, body.device);
  return countersignature !== null && crypto.verify(DOMAIN.accountAddCountersign, message, countersignature, body.device);
}
