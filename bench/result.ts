/** What one benchmark prints, as one JSON object. More fields may stand beside these. */
export interface Result {
  name: string;
  /** How often it was measured; at least 5 for a figure in the documentation. */
  runs: number;
  /** Of `median`, `min` and `max`, e.g. `ms` or `lines/s`. */
  unit: string;
  median: number;
  min: number;
  max: number;
  /** What the same work costs without us, measured in the same run; `share` is our median divided by its. */
  limit?: Limit | undefined;
  /** Others that do the same kind of work, measured in the same run; `ratio` is our median divided by theirs. */
  peers?: Record<string, Peer> | undefined;
  [more: string]: unknown;
}

export interface Limit {
  what: string;
  median: number;
  share: number;
}

export interface Peer {
  median: number;
  ratio: number;
}

/** What a file `bench/NAME.ts` exports. It leaves nothing running behind. */
export interface Benchmark {
  bench: () => Promise<Result>;
}

export interface Summary {
  runs: number;
  median: number;
  min: number;
  max: number;
}

/** Throws a RangeError where there is nothing to summarise or a sample is no finite number. */
export function summarise(samples: readonly number[]): Summary {
  const sorted = sort(samples);
  return { runs: sorted.length, median: quantile(sorted, 0.5), min: quantile(sorted, 0), max: quantile(sorted, 1) };
}

/** The value below which a share of the samples lies (0 to 1), interpolated between neighbours; 0.99 is p99. */
export const percentile = (samples: readonly number[], share: number): number => quantile(sort(samples), share);

function sort(samples: readonly number[]): number[] {
  if (samples.length === 0) throw new RangeError("no samples");
  if (!samples.every(Number.isFinite)) throw new RangeError("a sample is not a finite number");
  return samples.toSorted((a, b) => a - b);
}

function quantile(sorted: readonly number[], share: number): number {
  if (!(share >= 0 && share <= 1)) throw new RangeError("a share lies between 0 and 1");
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

export function limitOf(what: string, ours: number, theirs: readonly number[]): Limit {
  const { median } = summarise(theirs);
  return { what, median, share: ours / median };
}

export function peerOf(ours: number, theirs: readonly number[]): Peer {
  const { median } = summarise(theirs);
  return { median, ratio: ours / median };
}
