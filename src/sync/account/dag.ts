import { compareBytes, toHex } from "../encoding/bytes.ts";
import type { AccountOp } from "./op.ts";

/** The ops that hang together down to the genesis, numbered so that parents come before children; the genesis is 0. */
export interface Dag {
  readonly ops: readonly AccountOp[];
  /** `a` lies in the causal past of `b`; an op is not in its own past. */
  isBefore(a: number, b: number): boolean;
  /** By author: numbers of its ops, ascending by seq, then by id. */
  readonly byAuthor: ReadonlyMap<string, readonly number[]>;
  /** Ids of the ops that no other op names, ascending. */
  readonly heads: readonly Uint8Array[];
}

/** Ops whose past is incomplete are left out (A6: pending). Empty where the genesis is missing. */
export function buildDag(account: Uint8Array, input: Iterable<AccountOp>): Dag {
  const ops = inOrder(toHex(account), new Map([...input].map((op) => [op.key, op])));
  const numbers = new Map(ops.map((op, i) => [op.key, i]));
  const pasts = pastsOf(ops, numbers);
  const words = wordsFor(ops.length);
  return {
    ops,
    isBefore: (a, b) => (((pasts[b * words + (a >>> 5)] as number) >>> (a & 31)) & 1) === 1,
    byAuthor: groupByAuthor(ops),
    heads: headsOf(ops),
  };
}

export function namedBy(op: Pick<AccountOp, "prevKey" | "parentKeys">): string[] {
  return op.prevKey === null ? [...op.parentKeys] : [op.prevKey, ...op.parentKeys];
}

/** Kahn's algorithm; what is never freed waits for something that is not here. */
function inOrder(genesis: string, input: ReadonlyMap<string, AccountOp>): AccountOp[] {
  const children = new Map<string, AccountOp[]>();
  const open = new Map<string, number>();
  const free: AccountOp[] = [];
  for (const op of input.values()) {
    const names = namedBy(op);
    open.set(op.key, names.length);
    if (op.key === genesis) free.push(op);
    for (const name of names) (children.get(name) ?? setAndGet(children, name)).push(op);
  }
  for (let i = 0; i < free.length; i++) {
    for (const child of children.get((free[i] as AccountOp).key) ?? []) {
      const left = (open.get(child.key) as number) - 1;
      open.set(child.key, left);
      if (left === 0) free.push(child);
    }
  }
  return free;
}

function setAndGet<T>(lists: Map<string, T[]>, key: string): T[] {
  const list: T[] = [];
  lists.set(key, list);
  return list;
}

const wordsFor = (count: number): number => (count + 31) >>> 5;

/** One row of bits an op: its past is the union of what it names and of their pasts. */
function pastsOf(ops: readonly AccountOp[], numbers: ReadonlyMap<string, number>): Uint32Array {
  const words = wordsFor(ops.length);
  const pasts = new Uint32Array(words * ops.length);
  ops.forEach((op, i) => {
    for (const name of namedBy(op)) {
      const parent = numbers.get(name) as number;
      // A past holds smaller numbers only.
      for (let w = 0; w <= parent >>> 5; w++)
        pasts[i * words + w] = (pasts[i * words + w] as number) | (pasts[parent * words + w] as number);
      const at = i * words + (parent >>> 5);
      pasts[at] = (pasts[at] as number) | (1 << (parent & 31));
    }
  });
  return pasts;
}

function groupByAuthor(ops: readonly AccountOp[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  ops.forEach((op, i) => (groups.get(op.authorKey) ?? setAndGet(groups, op.authorKey)).push(i));
  const order = (a: AccountOp, b: AccountOp): number => a.seq - b.seq || (a.key < b.key ? -1 : 1);
  for (const group of groups.values()) group.sort((a, b) => order(ops[a] as AccountOp, ops[b] as AccountOp));
  return groups;
}

function headsOf(ops: readonly AccountOp[]): Uint8Array[] {
  const named = new Set(ops.flatMap(namedBy));
  return ops
    .filter((op) => !named.has(op.key))
    .map((op) => op.id)
    .sort(compareBytes);
}
