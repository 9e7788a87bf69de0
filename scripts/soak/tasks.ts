export type Task = { kind: "seed"; seed: number } | { kind: "fuzz"; seed: number; milliseconds: number };

export interface Answer {
  /** Empty where all is well. */
  violations: string[];
  /** Virtual milliseconds until all agreed. */
  healed: number;
  /** Inputs that were tried. */
  runs: number;
}
