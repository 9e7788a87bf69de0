/**
 * A6, the walk: from the most senior device to the most junior, so that everything that can revoke a device has been
 * settled before the device's own ops are looked at.
 */
import { toHex } from "../encoding/bytes.ts";
import { type Admission, rankOfAdd } from "./admissions.ts";
import type { Dag } from "./dag.ts";
import { type Freeze, liftedBy } from "./freezes.ts";
import type { AccountOp } from "./op.ts";
import { compareRanks, isSenior, type Rank } from "./rank.ts";
import { keeperOf, type Recovery } from "./recovery.ts";
import { firstFork } from "./vector.ts";

/** A7. */
export const MAX_LIVE_DEVICES = 32;

/** Everything that one admission of a device gives rise to. A device that was revoked and added again has two. */
export interface Term {
  admission: Admission;
  rank: Rank;
  sponsor: Uint8Array | null;
  /** Why the device is out by this admission, and by which op; undefined while it is in. */
  out: { why: "revoked" | "left" | "not-kept" | "full"; op: number } | undefined;
  /** Freezes in force that this admission does not answer. */
  freezes: readonly Freeze[];
  /** Revocations by seniors that are frozen: while they wait, so does the device. */
  disputes: readonly Freeze[];
  /** One of the ops that have one number, or undefined. */
  fork: number | undefined;
}

export interface Ground {
  dag: Dag;
  /** Newest first. */
  recoveries: readonly Recovery[];
  isVoid: (op: number) => boolean;
  admissions: ReadonlyMap<number, Admission>;
}

export interface Walk {
  terms: readonly Term[];
  /** Freezes whose author had the right to them. */
  rightful: ReadonlySet<number>;
  /** Freezes that their author took back. */
  lifted: ReadonlySet<number>;
  /** Recovery keys that devices set (A1). */
  keysSet: ReadonlySet<number>;
}

interface Revocation {
  op: number;
  rank: Rank;
}

/** `inForce`: by the device that they freeze. */
export function walk(ground: Ground, freezes: readonly Freeze[], inForce: ReadonlyMap<string, readonly Freeze[]>): Walk {
  return new Walker(ground, freezes, inForce).run();
}

class Walker {
  readonly #ground: Ground;
  readonly #freezes: readonly Freeze[];
  readonly #inForce: ReadonlyMap<string, readonly Freeze[]>;
  readonly #terms: Term[] = [];
  /** Descending by rank, so that the most senior is popped. */
  readonly #queue: Term[] = [];
  readonly #enqueued = new Set<number>();
  /** By the device that they name. */
  readonly #revocations = new Map<string, Revocation[]>();
  readonly #waiting = new Map<string, Revocation[]>();
  readonly #live = new Set<string>();
  readonly #rightful = new Set<number>();
  readonly #lifted = new Set<number>();
  readonly #keysSet = new Set<number>();

  constructor(ground: Ground, freezes: readonly Freeze[], inForce: ReadonlyMap<string, readonly Freeze[]>) {
    this.#ground = ground;
    this.#freezes = freezes;
    this.#inForce = inForce;
  }

  run(): Walk {
    this.#enqueueFirst();
    for (let term = this.#queue.pop(); term !== undefined; term = this.#queue.pop()) this.#settle(term);
    return { terms: this.#terms, rightful: this.#rightful, lifted: this.#lifted, keysSet: this.#keysSet };
  }

  /** The first device; those that the recovery key added, for it outranks all (A4); those that it kept, whoever added them. */
  #enqueueFirst(): void {
    const { admissions, isVoid } = this.#ground;
    for (const admission of admissions.values()) {
      if (admission.op === 0) this.#enqueue(admission, [], null);
      else if (this.#isKept(admission) || (admission.byRecoveryKey && !isVoid(admission.op))) {
        this.#enqueue(admission, admission.first ?? admission.nominal, this.#op(admission.op).author);
      }
    }
  }

  #isKept({ device, op, first }: Admission): boolean {
    const { dag, recoveries } = this.#ground;
    const newest = recoveries[0];
    return first === undefined && newest !== undefined && newest.keep.has(device) && dag.isBefore(op, newest.op);
  }

  #enqueue(admission: Admission, rank: Rank, sponsor: Uint8Array | null): void {
    if (this.#enqueued.has(admission.op)) return;
    this.#enqueued.add(admission.op);
    const { isBefore } = this.#ground.dag;
    const freezes = (this.#inForce.get(admission.device) ?? []).filter((freeze) => !isBefore(freeze.op, admission.op));
    const term: Term = { admission, rank, sponsor, out: undefined, freezes, disputes: [], fork: undefined };
    const at = this.#queue.findLastIndex((other) => this.#isAhead(term, other));
    this.#queue.splice(at + 1, 0, term);
  }

  #isAhead(a: Term, b: Term): boolean {
    const difference = compareRanks(a.rank, b.rank);
    return difference < 0 || (difference === 0 && this.#op(a.admission.op).key < this.#op(b.admission.op).key);
  }

  #settle(term: Term): void {
    this.#terms.push(term);
    const cuts = this.#cutsOf(term);
    const { device, op } = term.admission;
    term.disputes = this.#disputesOf(term);
    if (term.out === undefined && this.#live.size >= MAX_LIVE_DEVICES && !this.#live.has(device)) term.out = { why: "full", op };
    if (term.out?.why === "full") return;
    this.#apply(term, this.#opsOf(term, cuts));
    if (term.out === undefined) this.#live.add(device);
  }

  /** What ends this admission: the author's ops count only as far as all of these knew them. */
  #cutsOf(term: Term): number[] {
    const { recoveries } = this.#ground;
    const { device } = term.admission;
    const recovered = recoveries.filter((recovery) => !recovery.keep.has(device) && this.#isOpen(term, recovery.op));
    const revoked = (this.#revocations.get(device) ?? []).filter((cut) => isSenior(cut.rank, term.rank) && this.#isOpen(term, cut.op));
    if (revoked[0] !== undefined) term.out = { why: "revoked", op: revoked[0].op };
    if (recovered[0] !== undefined) term.out = { why: "not-kept", op: recovered[0].op };
    return [...recovered, ...revoked].map((cut) => cut.op);
  }

  /** Neither the admission nor a recovery that kept the device came after it. */
  #isOpen({ admission }: Term, op: number): boolean {
    const { dag, recoveries } = this.#ground;
    const keeper = keeperOf(recoveries, admission.device);
    return !dag.isBefore(op, admission.op) && !(keeper !== undefined && dag.isBefore(op, keeper.op));
  }

  #disputesOf(term: Term): Freeze[] {
    const { device } = term.admission;
    const waiting = (this.#waiting.get(device) ?? []).filter(({ op, rank }) => isSenior(rank, term.rank) && this.#isOpen(term, op));
    return waiting.map(({ op }) => ({ op, device, author: this.#op(op).authorKey }));
  }

  /** The device's ops under this admission, by seq. */
  #opsOf({ admission }: Term, cuts: readonly number[]): number[] {
    const { dag, isVoid } = this.#ground;
    const own = dag.byAuthor.get(admission.device) ?? [];
    return own.filter((op) => dag.isBefore(admission.op, op) && !isVoid(op) && cuts.every((cut) => dag.isBefore(op, cut)));
  }

  #apply(term: Term, ops: readonly number[]): void {
    const { isBefore } = this.#ground.dag;
    const awake = new Set(ops.filter((op) => [...term.freezes, ...term.disputes].every((freeze) => isBefore(op, freeze.op))));
    const fork = this.#forkOf(term, [...awake]);
    term.fork = fork?.op;
    const farewells: number[] = [];
    for (const op of ops) {
      if (farewells.some((farewell) => isBefore(farewell, op))) continue;
      if (this.#op(op).body.type === "freeze") this.#rightful.add(op);
      else if (awake.has(op)) this.#count(term, op, fork?.seq ?? Number.POSITIVE_INFINITY, farewells);
      else this.#wait(term, op, farewells);
    }
    if (farewells[0] !== undefined) term.out ??= { why: "left", op: farewells[0] };
  }

  /** A recovery that keeps a device forgives the forks that it knew. */
  #forkOf({ admission }: Term, awake: readonly number[]): { seq: number; op: number } | undefined {
    const keeper = keeperOf(this.#ground.recoveries, admission.device);
    const looked = keeper === undefined ? awake : awake.filter((op) => this.#ground.dag.isBefore(keeper.op, op));
    const seq = firstFork(looked.map((op) => this.#op(op)));
    const op = looked.find((number) => this.#op(number).seq === seq);
    return op === undefined ? undefined : { seq, op };
  }

  /** A fork ends what its author may grant. Its revocations and its recovery key stand on both branches, or forking would undo them. */
  #count(term: Term, op: number, fork: number, farewells: number[]): void {
    const { body, seq, author } = this.#op(op);
    if (body.type === "revoke") this.#revoke(term, op, body.devices.map(toHex), farewells);
    if (body.type === "set-recovery" && term.admission.class === "full") this.#keysSet.add(op);
    if (seq >= fork) return;
    if (body.type === "unfreeze") this.#lift(op);
    if (body.type !== "add" || term.admission.class !== "full") return;
    const admission = this.#ground.admissions.get(op) as Admission;
    this.#enqueue(admission, rankOfAdd(admission, term.rank, seq), author);
  }

  /**
   * What a frozen device said; it may leave at any time. What it said without knowing of the freeze waits. Its revocations suspend whom they name: else a stolen device
   * that was revoked would be let in again by a freeze that it dates back. Who is suspended so may take its freeze back.
   */
  #wait(term: Term, op: number, farewells: number[]): void {
    const { body } = this.#op(op);
    const { isBefore } = this.#ground.dag;
    const { device: self, class: deviceClass } = term.admission;
    if (body.type === "revoke")
      this.#revoke(
        term,
        op,
        body.devices.map(toHex).filter((device) => device === self),
        farewells,
      );
    if (body.type === "unfreeze" && this.#yields(term, op, toHex(body.device))) this.#lift(op);
    const knew = term.freezes.some((freeze) => isBefore(freeze.op, op)) || term.disputes.some((dispute) => isBefore(dispute.op, op));
    if (body.type !== "revoke" || knew || deviceClass !== "full") return;
    const others = body.devices.map(toHex).filter((device) => device !== self);
    for (const device of others) pushTo(this.#waiting, device, { op, rank: term.rank });
  }

  /** It frees the very device that has revoked it, and no freeze of it holds that up. */
  #yields({ freezes, disputes }: Term, op: number, device: string): boolean {
    return disputes.some(({ author }) => author === device) && freezes.every((freeze) => this.#ground.dag.isBefore(op, freeze.op));
  }

  #lift(unfreeze: number): void {
    for (const freeze of liftedBy(this.#ground.dag, this.#freezes, unfreeze)) this.#lifted.add(freeze.op);
  }

  /** A4: a browser revokes nothing but itself. */
  #revoke(term: Term, op: number, devices: readonly string[], farewells: number[]): void {
    for (const device of devices) {
      if (device === term.admission.device) {
        if (this.#isOpen(term, op)) farewells.push(op);
      } else if (term.admission.class === "full") pushTo(this.#revocations, device, { op, rank: term.rank });
    }
  }

  #op(number: number): AccountOp {
    return this.#ground.dag.ops[number] as AccountOp;
  }
}

function pushTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
