import fc from "fast-check";
import type { AccountOp } from "../../../src/sync/account/op.ts";
import { World } from "./world.ts";

/** Numbers that decide one op each: whose, what, about whom, knowing which ops. They shrink well. */
export type Step = readonly [author: number, type: number, device: number, knows: readonly number[]];

export const steps = (maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(fc.tuple(fc.nat(1000), fc.nat(99), fc.nat(1000), fc.array(fc.nat(1000), { minLength: 1, maxLength: 3 })), { maxLength });

export interface Kinds {
  revoke: number;
  freeze: number;
  unfreeze: number;
  fork: number;
  browser: number;
  /** Devices may be added a second time. */
  again: boolean;
}

/** Percent of the ops; the rest are adds. */
export const ALL_KINDS: Kinds = { revoke: 25, freeze: 10, unfreeze: 8, fork: 8, browser: 10, again: true };
export const REVOKE_ONLY: Kinds = { revoke: 45, freeze: 0, unfreeze: 0, fork: 0, browser: 0, again: false };

const NAMES = ["A", "B", "C", "D", "E", "F", "H", "I"];

/** Any valid DAG, thieves' ones included: authors choose what they know and may fork. */
export function build(plan: readonly Step[], kinds: Kinds): World {
  const w = new World("G");
  for (const step of plan) grow(w, step, kinds);
  return w;
}

function grow(w: World, [authorAt, type, deviceAt, knows]: Step, kinds: Kinds): void {
  const authors = ["G", ...NAMES].filter((name) => admissionsOf(w, name).length > 0);
  const author = authors[authorAt % authors.length] as string;
  const others = ["G", ...NAMES].filter((name) => name !== author);
  const device = others[deviceAt % others.length] as string;
  const own = w.ops.filter((op) => op.authorKey === hex(w, author));
  const fork = own.length > 1 && type >= 100 - kinds.fork;
  const prev = own.at(fork ? -2 : -1) ?? null;
  const known = [...new Set(knows.map((n) => w.ops[n % w.ops.length] as AccountOp))];
  const admission = admissionsOf(w, author)[0] as AccountOp;
  const after = prev === null && !known.includes(admission) ? [...known, admission] : known;
  write(w, author, device, type % 100, kinds, { after, prev });
}

function write(
  w: World,
  author: string,
  device: string,
  type: number,
  kinds: Kinds,
  where: { after: AccountOp[]; prev: AccountOp | null },
): void {
  const { revoke, freeze, unfreeze, browser } = kinds;
  if (type < revoke) w.revoke(author, type % 7 === 0 ? author : device, where);
  else if (type < revoke + freeze) w.freeze(author, device, where);
  else if (type < revoke + freeze + unfreeze) w.unfreeze(author, device, where);
  else if (device !== "G" && (kinds.again || admissionsOf(w, device).length === 0))
    w.add(author, device, { ...where, class: type < revoke + freeze + unfreeze + browser ? "browser" : "full" });
}

function admissionsOf(w: World, name: string): AccountOp[] {
  const key = hex(w, name);
  return w.ops.filter(({ body }) => (body.type === "add" || body.type === "genesis") && Buffer.from(body.device).toString("hex") === key);
}

const hex = (w: World, name: string): string => Buffer.from(w.key(name)).toString("hex");
