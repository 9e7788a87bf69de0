/** A5: what the recovery keys decided, and what that makes void. */
import { DOMAIN } from "../domains.ts";
import { sameBytes, toHex } from "../encoding/bytes.ts";
import type { Crypto } from "../ports.ts";
import type { Dag } from "./dag.ts";
import type { AccountOp } from "./op.ts";

/** An op that changes the recovery key. */
export type KeyOp = AccountOp & { body: { type: "recover" | "set-recovery"; epoch: number } };
type RecoverOp = AccountOp & { body: { type: "recover" } };

export function isKeyOp(op: AccountOp): op is KeyOp {
  return op.body.type === "recover" || op.body.type === "set-recovery";
}

function isRecover(op: AccountOp): op is RecoverOp {
  return op.body.type === "recover";
}

/** The highest epoch holds; of one epoch a `recover` before a mere change of the key, then the lower id. */
function governing<Op extends KeyOp>(ops: Iterable<Op>): Op | undefined {
  let best: Op | undefined;
  for (const op of ops) if (best === undefined || outranks(op, best)) best = op;
  return best;
}

function outranks(a: KeyOp, b: KeyOp): boolean {
  if (a.body.epoch !== b.body.epoch) return a.body.epoch > b.body.epoch;
  if (a.body.type !== b.body.type) return a.body.type === "recover";
  return a.key < b.key;
}

/** The recovery key in force. */
export interface RecoveryKey {
  /** Null: there is none. */
  hash: Uint8Array | null;
  /** 0 until a key was changed or used. */
  epoch: number;
  /** Id of the op that brought it; the genesis's where none did. */
  op: Uint8Array;
}

export function keyAfter(genesis: AccountOp | undefined, ops: Iterable<KeyOp>): RecoveryKey {
  const last = governing(ops);
  if (last !== undefined) return { hash: last.body.recovery, epoch: last.body.epoch, op: last.id };
  const hash = genesis?.body.type === "genesis" ? genesis.body.recovery : null;
  return { hash, epoch: 0, op: genesis?.id ?? new Uint8Array(32) };
}

export interface Recovery {
  /** Number in the DAG. */
  op: number;
  epoch: number;
  keep: ReadonlySet<string>;
  voids: ReadonlySet<string>;
}

/** What counts of all that recovery keys signed, and of the keys that devices set. */
export interface Recoveries {
  /** The newest `recover` and those that it stands on, newest first. */
  chain: readonly Recovery[];
  key: RecoveryKey;
  /** The key in force was changed twice without one knowing of the other: it is in two hands. */
  contested: boolean;
  /** By number of an op that no device signed: it is by the key that was in force in its past. */
  isByKeyInForce(op: number): boolean;
  /** Epoch of the key in force in the op's past. */
  epochBefore(op: number): number;
}

/** `setByDevice`: numbers of the `set-recovery` ops of devices that count. */
export function recoveriesOf(dag: Dag, crypto: Crypto, setByDevice: ReadonlySet<number>): Recoveries {
  const keyOps = countedKeyOps(dag, crypto, setByDevice);
  const before = (within: readonly number[], at: number): number[] => within.filter((op) => dag.isBefore(op, at));
  const chain: Recovery[] = [];
  for (let within = keyOps; within.length > 0; ) {
    const newest = governing(within.map((op) => dag.ops[op] as KeyOp)) as KeyOp;
    const at = within.find((op) => dag.ops[op] === newest) as number;
    if (isRecover(newest)) chain.push(recoveryOf(at, newest));
    within = before(keyOps, at);
  }
  return {
    chain,
    key: keyAfter(
      dag.ops[0],
      keyOps.map((op) => dag.ops[op] as KeyOp),
    ),
    contested: isContested(dag, keyOps),
    isByKeyInForce: (op) => signedByKey(dag, crypto, before(keyOps, op), op),
    epochBefore: (op) =>
      keyAfter(
        dag.ops[0],
        before(keyOps, op).map((number) => dag.ops[number] as KeyOp),
      ).epoch,
  };
}

function isContested(dag: Dag, keyOps: readonly number[]): boolean {
  const newest = governing(keyOps.map((op) => dag.ops[op] as KeyOp));
  return keyOps.some((op) => dag.ops[op] !== newest && !dag.isBefore(op, dag.ops.indexOf(newest as KeyOp)));
}

function recoveryOf(op: number, { body: { epoch, keep, voids } }: RecoverOp): Recovery {
  return { op, epoch, keep: new Set(keep.map(toHex)), voids: new Set(voids.map(toHex)) };
}

/** Numbers ascend, so that what a key stands on was judged before it. */
function countedKeyOps(dag: Dag, crypto: Crypto, setByDevice: ReadonlySet<number>): number[] {
  const counted: number[] = [];
  dag.ops.forEach((op, i) => {
    if (!isKeyOp(op)) return;
    const past = counted.filter((other) => dag.isBefore(other, i));
    if (setByDevice.has(i) || signedByKey(dag, crypto, past, i)) counted.push(i);
  });
  return counted;
}

function signedByKey(dag: Dag, crypto: Crypto, past: readonly number[], op: number): boolean {
  const { hash } = keyAfter(
    dag.ops[0],
    past.map((number) => dag.ops[number] as KeyOp),
  );
  return hash !== null && sameBytes(hash, crypto.hash(DOMAIN.recoveryHash, (dag.ops[op] as AccountOp).author));
}

/** Whatever is concurrent to a recovery is void, and what it names in its own past. */
export function isVoid(dag: Dag, recoveries: readonly Recovery[], op: number): boolean {
  return recoveries.some((recovery) => {
    if (op === recovery.op || op === 0) return false;
    if (dag.isBefore(op, recovery.op)) return recovery.voids.has((dag.ops[op] as AccountOp).key);
    return !dag.isBefore(recovery.op, op);
  });
}

/** The newest recovery that keeps the device: whatever was said against the device before does not count any more. */
export function keeperOf(recoveries: readonly Recovery[], device: string): Recovery | undefined {
  return recoveries.find(({ keep }) => keep.has(device));
}
