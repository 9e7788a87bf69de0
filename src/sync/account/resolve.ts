/**
 * A6: from the set of ops to where everybody stands. A pure function: the order in which the ops came plays no part, so
 * that all replicas with the same ops agree.
 */
import { DOMAIN } from "../domains.ts";
import { concat } from "../encoding/bytes.ts";
import type { Crypto } from "../ports.ts";
import { admissionsOf } from "./admissions.ts";
import { buildDag, type Dag } from "./dag.ts";
import { type Freeze, freezesInForce, freezesOf } from "./freezes.ts";
import type { AccountOp } from "./op.ts";
import { compareRanks } from "./rank.ts";
import { isVoid, recoveriesOf } from "./recovery.ts";
import type { AccountState, DeviceStanding } from "./state.ts";
import { type Ground, type Term, walk } from "./walk.ts";

export { type AccountState, type DeviceClass, type DeviceStanding, standingOf } from "./state.ts";

/** `ops` are valid by A2, as those of an `OpSet` are. Ops whose past is incomplete have no effect. */
export function resolve(crypto: Crypto, account: Uint8Array, ops: Iterable<AccountOp>): AccountState {
  const dag = buildDag(account, ops);
  const head = crypto.hash(DOMAIN.accountHead, concat(...dag.heads));
  const terms = byDevice(settle(groundOf(dag)));
  const devices = new Map([...terms].map(([device, own]) => [device, standing(dag, own, terms)]));
  return { account, head, devices };
}

function groundOf(dag: Dag): Ground {
  const recoveries = recoveriesOf(dag);
  const voids = dag.ops.map((_, i) => isVoid(dag, recoveries, i));
  return { dag, recoveries, isVoid: (op) => voids[op] as boolean, admissions: admissionsOf(dag, recoveries) };
}

/**
 * Freezes are taken to hold before revocations are walked, so that a stolen device cannot revoke whoever freezes it (A9).
 * Those that then turn out to come from a revoked device, or to be lifted, are left out, and the walk is done again. Each
 * round leaves out at least one, so this ends.
 */
function settle(ground: Ground): readonly Term[] {
  for (let freezes = freezesOf(ground.dag, ground.recoveries, ground.isVoid); ; ) {
    const inForce = freezesInForce(ground.dag, freezes, ground.admissions.values());
    const { terms, rightful, lifted } = walk(ground, freezes, inForce);
    const left = freezes.filter((freeze) => rightful.has(freeze.op) && !lifted.has(freeze.op));
    if (left.length === freezes.length) return terms;
    freezes = left;
  }
}

/** Terms come by rank, so that each list begins with the most senior. */
function byDevice(terms: readonly Term[]): Map<string, Term[]> {
  const groups = new Map<string, Term[]>();
  for (const term of terms) {
    const { device } = term.admission;
    groups.set(device, [...(groups.get(device) ?? []), term]);
  }
  return groups;
}

type Terms = ReadonlyMap<string, readonly Term[]>;

function standing(dag: Dag, own: readonly Term[], all: Terms): DeviceStanding {
  const term = own.find(({ out }) => out === undefined) ?? latest(dag, own);
  const { admission, rank, sponsor } = term;
  const admittedBy = (dag.ops[admission.op] as AccountOp).id;
  const base = { key: admission.key, class: admission.class, rank, sponsor, admittedBy };
  if (term.out !== undefined) return { ...base, state: "revoked", reason: OUT[term.out] };
  const frozenBy = mostSenior(term.freezes, all);
  if (frozenBy !== undefined) return { ...base, state: "frozen", reason: "another device froze it", frozenBy };
  if (term.forked) return { ...base, state: "frozen", reason: "its key signed two different changes with one number" };
  return { ...base, state: "admitted", reason: howIn(term) };
}

/** No other admission of the device came after it. */
function latest(dag: Dag, terms: readonly Term[]): Term {
  const isLast = ({ admission }: Term): boolean => !terms.some((other) => dag.isBefore(admission.op, other.admission.op));
  return terms.find(isLast) as Term;
}

function mostSenior(freezes: readonly Freeze[], all: Terms): Uint8Array | undefined {
  const authors = freezes.flatMap(({ author }) => all.get(author)?.slice(0, 1) ?? []);
  return authors.sort((a, b) => compareRanks(a.rank, b.rank))[0]?.admission.key;
}

const OUT: Readonly<Record<NonNullable<Term["out"]>, string>> = {
  revoked: "a more senior device revoked it",
  left: "it revoked itself",
  "not-kept": "the account was recovered without it",
  full: "the account already has 32 devices",
};

function howIn({ admission, sponsor }: Term): string {
  if (sponsor === null) return "it began the account";
  return admission.byRecoveryKey ? "the recovery words added it" : "another device added it";
}
