/**
 * A3: rank(first device) = []; rank(d) = rank(sponsor) ++ [seq of the add in the sponsor's chain]. What the recovery key
 * adds ranks below the first device only: [0, recovery epoch, seq], for a device's own adds begin at seq 2.
 */
export type Rank = readonly number[];

/** Negative where `a` is senior to `b`. A prefix is senior. */
export function compareRanks(a: Rank, b: Rank): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export const isSenior = (a: Rank, b: Rank): boolean => compareRanks(a, b) < 0;

export const rankBelow = (sponsor: Rank, seq: number): Rank => [...sponsor, seq];

export const recoveryRank = (epoch: number, seq: number): Rank => [0, epoch, seq];
