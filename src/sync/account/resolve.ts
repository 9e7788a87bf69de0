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
import { compareRanks, type Rank } from "./rank.ts";
import { isVoid, keeperOf, type Recoveries, recoveriesOf } from "./recovery.ts";
import type { AccountState, DeviceStanding, WhyCode } from "./state.ts";
import { type Ground, type Term, type Walk, walk } from "./walk.ts";

export { type AccountState, type DeviceClass, type DeviceStanding, standingOf } from "./state.ts";

/** `ops` are valid by A2, as those of an `OpSet` are. Ops whose past is incomplete have no effect. */
export function resolve(crypto: Crypto, account: Uint8Array, ops: Iterable<AccountOp>): AccountState {
  const dag = buildDag(account, ops);
  const head = crypto.hash(DOMAIN.accountHead, concat(...dag.heads));
  const { ground, recoveries, terms } = resolved(dag, crypto);
  const groups = byDevice(terms);
  const devices = new Map([...groups].map(([device, own]) => [device, standing(ground, own, groups)]));
  const { key, contested } = recoveries;
  return { account, head, devices, recovery: { ...key, contested } };
}

interface Resolved {
  ground: Ground;
  recoveries: Recoveries;
  terms: readonly Term[];
}

/** A key that a device set (A1) counts where its author had the right to it without the help of that very key. */
function resolved(dag: Dag, crypto: Crypto): Resolved {
  const alone = attempt(dag, crypto, new Set());
  if (alone.keysSet.size === 0) return alone;
  const others = (op: number): number[] => [...alone.keysSet].filter((other) => other !== op);
  const uncontested = [...alone.keysSet].filter((op) => others(op).every((other) => dag.isBefore(op, other) || dag.isBefore(other, op)));
  return attempt(dag, crypto, new Set(uncontested));
}

function attempt(dag: Dag, crypto: Crypto, setByDevice: ReadonlySet<number>): Resolved & { keysSet: ReadonlySet<number> } {
  const recoveries = recoveriesOf(dag, crypto, setByDevice);
  const { chain } = recoveries;
  const voids = dag.ops.map((_, i) => isVoid(dag, chain, i));
  const ground: Ground = { dag, recoveries: chain, isVoid: (op) => voids[op] as boolean, admissions: admissionsOf(dag, recoveries) };
  const { terms, keysSet } = settle(ground);
  return { ground, recoveries, terms, keysSet };
}

/**
 * Freezes are taken to hold before revocations are walked, so that a stolen device cannot revoke whoever freezes it (A9).
 * Those that then turn out to come from a revoked device, or to be lifted, are left out, and the walk is done again. Each
 * round leaves out at least one, so this ends.
 */
function settle(ground: Ground): Walk {
  for (let freezes = freezesOf(ground.dag, ground.recoveries, ground.isVoid); ; ) {
    const inForce = freezesInForce(ground.dag, freezes, ground.admissions.values());
    const walked = walk(ground, freezes, inForce);
    const left = freezes.filter((freeze) => walked.rightful.has(freeze.op) && !walked.lifted.has(freeze.op));
    if (left.length === freezes.length) return walked;
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

function standing(ground: Ground, own: readonly Term[], all: Terms): DeviceStanding {
  const term = own.find(({ out }) => out === undefined) ?? latest(ground.dag, own);
  const { admission, rank, sponsor } = term;
  const op = (number: number): AccountOp => ground.dag.ops[number] as AccountOp;
  const base = { key: admission.key, class: admission.class, rank, sponsor, admittedBy: op(admission.op).id };
  const because = (code: WhyCode, number: number): Pick<DeviceStanding, "why" | "reason"> => {
    const { id, author } = op(number);
    return { why: { code, op: id, by: author }, reason: REASON[code] };
  };
  if (term.out !== undefined) return { ...base, state: "revoked", ...because(term.out.why, term.out.op) };
  const freeze = mostSenior(term.freezes, all);
  if (freeze !== undefined) return { ...base, state: "frozen", ...because("frozen", freeze.op), frozenBy: op(freeze.op).author };
  if (term.fork !== undefined) return { ...base, state: "frozen", ...because("forked", term.fork) };
  const dispute = mostSenior(term.disputes, all);
  if (dispute !== undefined) return { ...base, state: "frozen", ...because("disputed", dispute.op) };
  const keeper = keeperOf(ground.recoveries, admission.device);
  const kept = keeper !== undefined && ground.dag.isBefore(admission.op, keeper.op);
  return { ...base, state: "admitted", ...(kept ? because("kept", keeper.op) : because(howIn(term), admission.op)) };
}

/** No other admission of the device came after it. */
function latest(dag: Dag, terms: readonly Term[]): Term {
  const isLast = ({ admission }: Term): boolean => !terms.some((other) => dag.isBefore(admission.op, other.admission.op));
  return terms.find(isLast) as Term;
}

function mostSenior(freezes: readonly Freeze[], all: Terms): Freeze | undefined {
  const rankOf = ({ author }: Freeze): Rank => all.get(author)?.[0]?.rank ?? [];
  return [...freezes].sort((a, b) => compareRanks(rankOf(a), rankOf(b)))[0];
}

const REASON: Readonly<Record<WhyCode, string>> = {
  first: "it began the account",
  added: "another device added it",
  "added-by-words": "the recovery words added it",
  kept: "the account was recovered with it",
  frozen: "another device froze it",
  disputed: "a more senior device, which is frozen, has revoked it",
  forked: "its key signed two different changes with one number",
  revoked: "a more senior device revoked it",
  left: "it revoked itself",
  "not-kept": "the account was recovered without it",
  full: "the account already has 32 devices",
};

function howIn({ admission, sponsor }: Term): "first" | "added" | "added-by-words" {
  if (sponsor === null) return "first";
  return admission.byRecoveryKey ? "added-by-words" : "added";
}
