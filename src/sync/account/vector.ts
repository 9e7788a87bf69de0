import { compareBytes, toHex } from "../encoding/bytes.ts";
import type { AccountOp } from "./op.ts";

/** One end of an author's chain: usually one an author, more where the author forked. */
export interface VectorEntry {
  /** Device key or recovery key, 32 bytes. */
  author: Uint8Array;
  seq: number;
  /** Id of that op. A vector without ids serves as long as nobody forked. */
  id?: Uint8Array;
}

/** The ops of one author, in order of arrival. */
export type Chain = readonly AccountOp[];

export function vectorOf(chains: Iterable<Chain>): Required<VectorEntry>[] {
  const entries = [...chains].flatMap((chain) => endsOf(chain).map(({ author, seq, id }) => ({ author, seq, id })));
  return entries.sort((a, b) => compareBytes(a.author, b.author) || compareBytes(a.id, b.id));
}

function endsOf(chain: Chain): AccountOp[] {
  const continued = new Set(chain.map((op) => op.prevKey));
  return chain.filter((op) => !continued.has(op.key));
}

/** Keys of the ops that who sent `vector` surely has, or will be told of by asking us in turn. */
export function coveredBy(vector: readonly VectorEntry[], chains: ReadonlyMap<string, Chain>): Set<string> {
  const covered = new Set<string>();
  for (const entry of vector) {
    const chain = chains.get(toHex(entry.author));
    if (chain !== undefined) coverEntry(entry, chain, covered);
  }
  return covered;
}

function coverEntry(entry: VectorEntry, chain: Chain, covered: Set<string>): void {
  const id = entry.id && toHex(entry.id);
  const named = chain.find((op) => op.key === id);
  if (named !== undefined) return coverBack(named, chain, covered);
  // An op that we lack where our own chain goes as far: the author forked, and both branches have to spread.
  const diverged = id !== undefined && chain.some((op) => op.seq >= entry.seq);
  const end = diverged ? 0 : Math.min(entry.seq, firstFork(chain) - 1);
  for (const op of chain) if (op.seq <= end) covered.add(op.key);
}

function coverBack(from: AccountOp, chain: Chain, covered: Set<string>): void {
  const byKey = new Map(chain.map((op) => [op.key, op]));
  for (let op: AccountOp | undefined = from; op !== undefined && !covered.has(op.key); op = byKey.get(op.prevKey ?? "")) {
    covered.add(op.key);
  }
}

/** The smallest seq at which there are two ops, or Infinity. */
export function firstFork(chain: Chain): number {
  const seen = new Set<number>();
  let fork = Number.POSITIVE_INFINITY;
  for (const { seq } of chain) {
    if (seen.has(seq)) fork = Math.min(fork, seq);
    seen.add(seq);
  }
  return fork;
}
