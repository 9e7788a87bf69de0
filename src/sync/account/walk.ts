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
import type { Recovery } from "./recovery.ts";
import { firstFork } from "./vector.ts";

/** A7. */
export const MAX_LIVE_DEVICES = 32;

/** Everything that one admission of a device gives rise to. A device that was revoked and added again has two. */
export interface Term {
  admission: Admission;
  rank: Rank;
  sponsor: Uint8Array | null;
  /** Why the device is out by this admission; undefined while it is in. */
  out: "revoked" | "left" | "not-kept" | "full" | undefined;
  /** Freezes in force that this admission does not answer. */
  freezes: readonly Freeze[];
  forked: boolean;
}

export interface Ground {
  dag: Dag;
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
  readonly #revocations = new Map<string, Revocation[]>();
  readonly #live = new Set<string>();
  readonly #rightful = new Set<number>();
  readonly #lifted = new Set<number>();

  constructor(ground: Ground, freezes: readonly Freeze[], inForce: ReadonlyMap<string, readonly Freeze[]>) {
    this.#ground = ground;
    this.#freezes = freezes;
    this.#inForce = inForce;
  }

  run(): Walk {
    this.#enqueueFirst();
    for (let term = this.#queue.pop(); term !== undefined; term = this.#queue.pop()) this.#settle(term);
    return { terms: this.#terms, rightful: this.#rightful, lifted: this.#lifted };
  }

  /** The first device, and those that the recovery key added: it outranks all (A4). */
  #enqueueFirst(): void {
    for (const admission of this.#ground.admissions.values()) {
      if (admission.op === 0) this.#enqueue(admission, [], null);
      else if (admission.byRecoveryKey && !this.#ground.isVoid(admission.op)) {
        this.#enqueue(admission, admission.nominal, this.#op(admission.op).author);
      }
    }
  }

  #enqueue(admission: Admission, rank: Rank, sponsor: Uint8Array | null): void {
    const { isBefore } = this.#ground.dag;
    const freezes = (this.#inForce.get(admission.device) ?? []).filter((freeze) => !isBefore(freeze.op, admission.op));
    const term: Term = { admission, rank, sponsor, out: undefined, freezes, forked: false };
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
    const { device } = term.admission;
    if (term.out === undefined && this.#live.size >= MAX_LIVE_DEVICES && !this.#live.has(device)) term.out = "full";
    if (term.out === "full") return;
    this.#apply(term, this.#opsOf(term, cuts));
    if (term.out === undefined) this.#live.add(device);
  }

  /** What ends this admission: the author's ops count only as far as all of these knew them. */
  #cutsOf(term: Term): number[] {
    const { dag, recoveries } = this.#ground;
    const { device, op } = term.admission;
    const unanswered = (cut: { op: number }): boolean => !dag.isBefore(cut.op, op);
    const recovered = recoveries.filter((recovery) => !recovery.keep.has(device) && unanswered(recovery));
    const revoked = (this.#revocations.get(device) ?? []).filter((cut) => isSenior(cut.rank, term.rank) && unanswered(cut));
    if (revoked.length > 0) term.out = "revoked";
    if (recovered.length > 0) term.out = "not-kept";
    return [...recovered, ...revoked].map((cut) => cut.op);
  }

  /** The device's ops under this admission, by seq. */
  #opsOf({ admission }: Term, cuts: readonly number[]): number[] {
    const { dag, isVoid } = this.#ground;
    const own = dag.byAuthor.get(admission.device) ?? [];
    return own.filter((op) => dag.isBefore(admission.op, op) && !isVoid(op) && cuts.every((cut) => dag.isBefore(op, cut)));
  }

  #apply(term: Term, ops: readonly number[]): void {
    const { isBefore } = this.#ground.dag;
    const awake = new Set(ops.filter((op) => term.freezes.every((freeze) => isBefore(op, freeze.op))));
    const fork = firstFork([...awake].map((op) => this.#op(op)));
    term.forked = fork < Number.POSITIVE_INFINITY;
    const farewells: number[] = [];
    for (const op of ops) {
      if (farewells.some((farewell) => isBefore(farewell, op))) continue;
      if (this.#op(op).body.type === "freeze") this.#rightful.add(op);
      else if (awake.has(op)) this.#count(term, op, fork, farewells);
    }
    if (farewells.length > 0) term.out ??= "left";
  }

  /** A fork ends what its author may grant. Its revocations stand on both branches, or forking would undo them. */
  #count(term: Term, op: number, fork: number, farewells: number[]): void {
    const { body, seq, author } = this.#op(op);
    if (body.type === "revoke") this.#revoke(term, op, body.devices.map(toHex), farewells);
    if (seq >= fork) return;
    if (body.type === "unfreeze") for (const freeze of liftedBy(this.#ground.dag, this.#freezes, op)) this.#lifted.add(freeze.op);
    if (body.type !== "add" || term.admission.class !== "full") return;
    const admission = this.#ground.admissions.get(op) as Admission;
    this.#enqueue(admission, rankOfAdd(admission, term.rank, seq), author);
  }

  /** A4: a browser revokes nothing but itself. */
  #revoke(term: Term, op: number, devices: readonly string[], farewells: number[]): void {
    for (const device of devices) {
      if (device === term.admission.device) farewells.push(op);
      else if (term.admission.class === "full") {
        const revocations = this.#revocations.get(device) ?? [];
        this.#revocations.set(device, revocations);
        revocations.push({ op, rank: term.rank });
      }
    }
  }

  #op(number: number): AccountOp {
    return this.#ground.dag.ops[number] as AccountOp;
  }
}
