import { type Claim, judgeBy, type Resolve } from "./claims.ts";
import { BASES, everySet, type Said } from "./universe.ts";

const sentence = (set: readonly Said[]): string =>
  set.map(({ author, op, past }, i) => `${i} ${author} ${op.body.type} knows ${[...past].join()}`).join("; ");

/** The first claim that does not hold, in the first set in which it does not. */
export function firstFault(
  resolved: Resolve,
  most: number,
  claims: readonly [string, Claim][],
): { claim: string; what: string } | undefined {
  let found: { claim: string; what: string } | undefined;
  for (const base of BASES) {
    const judge = judgeBy(resolved, (base.said[0] as Said).op.id);
    everySet(base, most, (set) => {
      for (const [claim, check] of claims) {
        const fault = check(set, judge);
        if (fault === undefined) continue;
        found = { claim, what: `${base.name}: ${fault} (${sentence(set)})` };
        return true;
      }
      return false;
    });
    if (found !== undefined) return found;
  }
  return undefined;
}
