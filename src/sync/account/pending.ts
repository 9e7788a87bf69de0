import type { AccountOp } from "./op.ts";

/** A2: ops whose parents are not known yet. The oldest go first: a peer sends them again, for no vector covers them. */
export class PendingOps {
  readonly #limit: number;
  readonly #ops = new Map<string, AccountOp>();
  /** By the key of one parent that each waits for. */
  readonly #waiting = new Map<string, Set<string>>();
  readonly #missing = new Map<string, string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#ops.size;
  }

  hold(op: AccountOp, missing: string): void {
    this.#drop(op.key);
    if (this.#ops.size >= this.#limit) this.#drop(this.#ops.keys().next().value as string);
    this.#ops.set(op.key, op);
    this.#missing.set(op.key, missing);
    const waiting = this.#waiting.get(missing) ?? new Set();
    this.#waiting.set(missing, waiting.add(op.key));
  }

  /** Ops that name `key` and wait for it. */
  waitingFor(key: string): AccountOp[] {
    return [...(this.#waiting.get(key) ?? [])].flatMap((waiting) => this.#ops.get(waiting) ?? []);
  }

  /** Takes out the ops that waited for `key`. */
  release(key: string): AccountOp[] {
    const ops = this.waitingFor(key);
    for (const op of ops) this.#drop(op.key);
    return ops;
  }

  #drop(key: string): void {
    const missing = this.#missing.get(key);
    if (missing === undefined) return;
    this.#ops.delete(key);
    this.#missing.delete(key);
    const waiting = this.#waiting.get(missing);
    waiting?.delete(key);
    if (waiting?.size === 0) this.#waiting.delete(missing);
  }
}
