export type Task =
  | { kind: "seed"; seed: number }
  /** One claim of the account model over every set of so many ops. */
  | { kind: "model"; claim: string; ops: number; seed: number }
  | { kind: "fuzz"; seed: number; milliseconds: number };

export interface Answer {
  /** Empty where all is well. */
  violations: string[];
  /** Virtual milliseconds until all agreed. */
  healed: number;
  /** Inputs that were tried. */
  runs: number;
}
