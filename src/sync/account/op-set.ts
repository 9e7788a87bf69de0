import { toHex } from "../encoding/bytes.ts";
import { MalformedError } from "../errors.ts";
import type { Crypto } from "../ports.ts";
import { namedBy } from "./dag.ts";
import { type AccountOp, decodeOp } from "./op.ts";
import { PendingOps } from "./pending.ts";
import { isKeyOp, keyAfter, type KeyOp } from "./recovery.ts";
import { isSenior } from "./rank.ts";
import { hasReserve, MAX_SHARED_OPS } from "./room.ts";
import { resolve } from "./resolve.ts";
import type { AccountState } from "./state.ts";
import { findOwnFault, findPastFault, type Past, takesRoom } from "./validity.ts";
import { coveredBy, type VectorEntry, vectorOf } from "./vector.ts";

/** Ops that wait for their parents: at most 4 MiB. */
const MAX_PENDING = 256;

interface Node {
  op: AccountOp;
  /** The author is a device, not the recovery key. */
  admitted: boolean;
  /** A7: ops of its chain up to here that take room. */
  spent: number;
}

/** `full`: valid, and nobody whose word counts needs it now; a peer sends it again (A7). */
export type Added = "added" | "known" | "pending" | "full";

/**
 * All valid ops of one account that this device has: the replicated part of the account. It only grows, and what it
 * amounts to depends on the set alone, never on the order in which the ops came (A6).
 */
export class OpSet {
  /** Id of the genesis, 32 bytes. */
  readonly account: Uint8Array;
  readonly #crypto: Crypto;
  /** Parents come before children. */
  readonly #nodes = new Map<string, Node>();
  readonly #chains = new Map<string, AccountOp[]>();
  /** By device: the ops that admit it. */
  readonly #admissions = new Map<string, AccountOp[]>();
  readonly #heads = new Map<string, AccountOp>();
  readonly #pending = new PendingOps(MAX_PENDING);
  readonly #shared: number;
  #state: AccountState | undefined;

  /** `shared`: how many ops there is room for that nobody has a right to. */
  constructor(crypto: Crypto, account: Uint8Array, shared = MAX_SHARED_OPS) {
    this.#crypto = crypto;
    this.account = account;
    this.#shared = shared;
  }

  /** Ops that were taken before, parents first: their room is not asked for again. Throws `MalformedError`. */
  static of(crypto: Crypto, account: Uint8Array, ops: Iterable<Uint8Array>): OpSet {
    const set = new OpSet(crypto, account);
    for (const op of ops) set.#absorb(op, true);
    return set;
  }

  /** Throws `MalformedError` for an op that can never be valid. */
  add(bytes: Uint8Array): Added {
    return this.absorb(bytes).result;
  }

  /** Like `add`; `added` are all ops that entered by it, parents first, those included that had been waiting for it. */
  absorb(bytes: Uint8Array): { result: Added; added: Uint8Array[] } {
    return this.#absorb(bytes, false);
  }

  #absorb(bytes: Uint8Array, isOld: boolean): { result: Added; added: Uint8Array[] } {
    const op = decodeOp(this.#crypto, bytes);
    if (this.#nodes.has(op.key)) return { result: "known", added: [] };
    refuse(findOwnFault(op, this.account, this.#crypto));
    const missing = this.#missingOf(op);
    if (missing !== undefined) {
      this.#pending.hold(op, missing);
      return { result: "pending", added: [] };
    }
    if (!this.#enter(op, isOld)) return { result: "full", added: [] };
    return { result: "added", added: [op.bytes, ...this.#enterReleased(op.key)] };
  }

  has(id: Uint8Array): boolean {
    return this.#nodes.has(toHex(id));
  }

  get(id: Uint8Array): AccountOp | undefined {
    return this.#nodes.get(toHex(id))?.op;
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** Ops that wait for their parents. They are not kept over a restart: a peer sends them again. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Where everybody stands (A6). Computed at the first call after a change. */
  get state(): AccountState {
    this.#state ??= resolve(this.#crypto, this.account, this.operations());
    return this.#state;
  }

  /** Every op decoded, parents first. */
  operations(): AccountOp[] {
    return [...this.#nodes.values()].map((node) => node.op);
  }

  /** Every op as it travels, parents first. */
  all(): Uint8Array[] {
    return this.operations().map((op) => op.bytes);
  }

  vector(): Required<VectorEntry>[] {
    return vectorOf(this.#chains.values());
  }

  /** What whoever sent `vector` lacks, parents first. */
  newerThan(vector: readonly VectorEntry[]): Uint8Array[] {
    const covered = coveredBy(vector, this.#chains);
    return this.operations()
      .filter((op) => !covered.has(op.key))
      .map((op) => op.bytes);
  }

  /** Ops that no other op names. */
  heads(): AccountOp[] {
    return [...this.#heads.values()];
  }

  /** The author's ops, parents first. */
  opsOf(author: Uint8Array): readonly AccountOp[] {
    return this.#chains.get(toHex(author)) ?? [];
  }

  /** The author's newest op. */
  lastOf(author: Uint8Array): AccountOp | undefined {
    return this.opsOf(author).reduce<AccountOp | undefined>((last, op) => (last === undefined || op.seq > last.seq ? op : last), undefined);
  }

  /** Ops that count for the author's room (A7). */
  spentBy(author: Uint8Array): number {
    return this.#nodes.get(this.lastOf(author)?.key ?? "")?.spent ?? 0;
  }

  /** Everything in the op's past, in no particular order. */
  *pastOf(op: Pick<AccountOp, "prevKey" | "parentKeys">): Iterable<AccountOp> {
    const seen = new Set<string>();
    const next = namedBy(op);
    for (let key = next.pop(); key !== undefined; key = next.pop()) {
      const known = this.#nodes.get(key)?.op;
      if (known === undefined || seen.has(key)) continue;
      seen.add(key);
      next.push(...namedBy(known));
      yield known;
    }
  }

  #missingOf(op: AccountOp): string | undefined {
    return namedBy(op).find((key) => !this.#nodes.has(key));
  }

  /** False where there is no room. */
  #enter(op: AccountOp, isOld = false): boolean {
    const past = this.#pastFacts(op);
    refuse(findPastFault(op, past, this.#crypto));
    if (!isOld && this.#nodes.size >= this.#shared && !this.#hasReserve(op) && !this.#isAwaited(op.key)) return false;
    this.#nodes.set(op.key, { op, admitted: past.admitted, spent: past.spent });
    for (const key of namedBy(op)) this.#heads.delete(key);
    this.#heads.set(op.key, op);
    append(this.#chains, op.authorKey, op);
    if (op.body.type === "genesis" || op.body.type === "add") append(this.#admissions, toHex(op.body.device), op);
    this.#state = undefined;
    return true;
  }

  #hasReserve(op: AccountOp): boolean {
    return hasReserve(op, {
      crypto: this.#crypto,
      state: this.state,
      chain: this.opsOf(op.author),
      since: (before) => this.#since(before),
    });
  }

  /** A word that counts stands on it, over however many others that wait. */
  #isAwaited(key: string): boolean {
    const seen = new Set<string>();
    const next = this.#pending.waitingFor(key);
    for (let op = next.pop(); op !== undefined; op = next.pop()) {
      if (seen.has(op.key)) continue;
      seen.add(op.key);
      if (this.#hasReserve(op)) return true;
      next.push(...this.#pending.waitingFor(op.key));
    }
    return false;
  }

  #since(op: AccountOp): AccountOp[] {
    const past = new Set([...this.pastOf(op), op].map(({ key }) => key));
    return this.operations().filter(({ key }) => !past.has(key));
  }

  /** Ops that turn out invalid once their parents are known are dropped: whoever sent them is not here to be told. */
  #enterReleased(key: string): Uint8Array[] {
    const entered: Uint8Array[] = [];
    const released = this.#pending.release(key);
    for (let op = released.shift(); op !== undefined; op = released.shift()) {
      const missing = this.#missingOf(op);
      if (missing !== undefined) this.#pending.hold(op, missing);
      else if (this.#enterQuietly(op)) {
        entered.push(op.bytes);
        released.push(...this.#pending.release(op.key));
      }
    }
    return entered;
  }

  #enterQuietly(op: AccountOp): boolean {
    try {
      return this.#enter(op);
    } catch (error) {
      if (error instanceof MalformedError) return false;
      throw error;
    }
  }

  #pastFacts(op: AccountOp): Past {
    const before = this.#nodes.get(op.prevKey ?? "");
    const admitted = op.body.type === "genesis" || (before?.admitted ?? this.#isAdmittedIn(op));
    const spent = (before?.spent ?? 0) + (takesRoom(op) ? 1 : 0);
    const needsKey = !admitted || op.body.type === "set-recovery";
    const recovery = needsKey ? this.#recoveryIn(op) : { hash: null, nextEpoch: 0 };
    return { prev: before?.op, admitted, recovery, spent, leads: () => this.#leads(op) };
  }

  #isAdmittedIn(op: AccountOp): boolean {
    const admissions = this.#admissions.get(op.authorKey);
    if (admissions === undefined) return false;
    for (const known of this.pastOf(op)) if (admissions.includes(known)) return true;
    return false;
  }

  #recoveryIn(op: AccountOp): Past["recovery"] {
    let genesis: AccountOp | undefined;
    const keyOps: KeyOp[] = [];
    for (const known of this.pastOf(op)) {
      if (isKeyOp(known)) keyOps.push(known);
      else if (known.body.type === "genesis") genesis = known;
    }
    const { hash, epoch } = keyAfter(genesis, keyOps);
    return { hash, nextEpoch: epoch + 1 };
  }

  #leads(op: AccountOp): boolean {
    const { devices } = resolve(this.#crypto, this.account, this.pastOf(op));
    const own = devices.get(op.authorKey);
    if (own?.state !== "admitted" || own.class !== "full") return false;
    return [...devices.values()].every(
      ({ state, rank, key }) => state === "revoked" || toHex(key) === op.authorKey || isSenior(own.rank, rank),
    );
  }
}

function refuse(fault: string | undefined): void {
  if (fault !== undefined) throw new MalformedError(fault);
}

function append(lists: Map<string, AccountOp[]>, key: string, op: AccountOp): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [op]);
  else list.push(op);
}
