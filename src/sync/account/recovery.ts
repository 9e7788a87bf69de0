/** A5: what the recovery key decided, and what that makes void. */
import { toHex } from "../encoding/bytes.ts";
import type { Dag } from "./dag.ts";
import type { AccountOp } from "./op.ts";

/** An op whose body is a `recover`. */
export type RecoverOp = AccountOp & { body: { type: "recover" } };

export function isRecover(op: AccountOp): op is RecoverOp {
  return op.body.type === "recover";
}

/** The highest epoch holds; of two with one epoch, the lower id. */
export function governing(recovers: Iterable<RecoverOp>): RecoverOp | undefined {
  let best: RecoverOp | undefined;
  for (const op of recovers) if (best === undefined || outranks(op, best)) best = op;
  return best;
}

function outranks(a: RecoverOp, b: RecoverOp): boolean {
  return a.body.epoch === b.body.epoch ? a.key < b.key : a.body.epoch > b.body.epoch;
}

export interface Recovery {
  /** Number in the DAG. */
  op: number;
  epoch: number;
  keep: ReadonlySet<string>;
  voids: ReadonlySet<string>;
}

/** The newest recovery and those that it stands on, newest first. */
export function recoveriesOf(dag: Dag): Recovery[] {
  const all = dag.ops.flatMap((op, i) => (isRecover(op) ? [{ op, i }] : []));
  const chain: Recovery[] = [];
  for (let within = all; within.length > 0; ) {
    const newest = governing(within.map(({ op }) => op)) as RecoverOp;
    const at = (within.find(({ op }) => op === newest) as { i: number }).i;
    const { epoch, keep, voids } = newest.body;
    chain.push({ op: at, epoch, keep: new Set(keep.map(toHex)), voids: new Set(voids.map(toHex)) });
    within = all.filter(({ i }) => dag.isBefore(i, at));
  }
  return chain;
}

/** Whatever is concurrent to a recovery is void, and what it names in its own past. */
export function isVoid(dag: Dag, recoveries: readonly Recovery[], op: number): boolean {
  return recoveries.some((recovery) => {
    if (op === recovery.op || op === 0) return false;
    if (dag.isBefore(op, recovery.op)) return recovery.voids.has((dag.ops[op] as AccountOp).key);
    return !dag.isBefore(recovery.op, op);
  });
}
