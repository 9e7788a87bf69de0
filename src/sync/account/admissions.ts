/** Which op brings which device in, and the rank that goes with it (A3). */
import { toHex } from "../encoding/bytes.ts";
import type { Dag } from "./dag.ts";
import type { AccountOp } from "./op.ts";
import { compareRanks, isSenior, type Rank, rankBelow, recoveryRank } from "./rank.ts";
import type { Recoveries } from "./recovery.ts";
import type { DeviceClass } from "./state.ts";

export interface Admission {
  /** Number of the genesis or of the add. */
  op: number;
  device: string;
  key: Uint8Array;
  class: DeviceClass;
  /** Signed by the recovery key, not by a device. */
  byRecoveryKey: boolean;
  /** The rank by the ops alone, whether or not they count. */
  nominal: Rank;
  /** Nominal rank of the first add in its past, where this one is a re-add. */
  first: Rank | undefined;
}

/** By number of the op, parents first. */
export function admissionsOf(dag: Dag, recoveries: Recoveries): ReadonlyMap<number, Admission> {
  const all = new Map<number, Admission>();
  const byDevice = new Map<string, Admission[]>();
  dag.ops.forEach((op, i) => {
    if (op.body.type !== "genesis" && op.body.type !== "add") return;
    const { device: key, class: deviceClass } = op.body;
    const device = toHex(key);
    const before = (hex: string): Admission[] => (byDevice.get(hex) ?? []).filter((admission) => dag.isBefore(admission.op, i));
    const sponsors = before(op.authorKey);
    // A4: what a browser adds is nobody, now and later.
    if (sponsors.length > 0 && sponsors.every((admission) => admission.class === "browser")) return;
    const sponsor = nominalOf(sponsors);
    const nominal = op.body.type === "genesis" ? [] : nominalAdd(dag, recoveries, i, sponsor);
    const byRecoveryKey = op.body.type === "add" && sponsor === undefined;
    if (byRecoveryKey && !recoveries.isByKeyInForce(i)) return;
    const admission = { op: i, device, key, class: deviceClass, byRecoveryKey, nominal, first: nominalOf(before(device)) };
    all.set(i, admission);
    byDevice.set(device, [...(byDevice.get(device) ?? []), admission]);
  });
  return all;
}

/** A3: the first add wins; of several first ones that did not know of each other, the most senior. */
function nominalOf(admissions: readonly Admission[]): Rank | undefined {
  const ranks = admissions.filter((admission) => admission.first === undefined).map((admission) => admission.nominal);
  return ranks.sort(compareRanks)[0];
}

function nominalAdd(dag: Dag, recoveries: Recoveries, op: number, sponsor: Rank | undefined): Rank {
  const { seq } = dag.ops[op] as AccountOp;
  if (sponsor !== undefined) return rankBelow(sponsor, seq);
  return recoveryRank(recoveries.epochBefore(op), seq);
}

/**
 * The rank that an add gives, its sponsor having `sponsor`. A re-add keeps the first rank, unless the sponsor is junior to
 * that: else the keys of a junior and of a revoked senior together would make a senior.
 */
export function rankOfAdd(admission: Admission, sponsor: Rank, seq: number): Rank {
  const { first } = admission;
  return first !== undefined && isSenior(sponsor, first) ? first : rankBelow(sponsor, seq);
}
