import type { TransportLog } from "./types.ts";

/** Counts what is refused, so that a flood fills no log: one line a reason at each `flush`. */
export class RefusalLog {
  readonly #log: TransportLog;
  readonly #counts = new Map<string, number>();

  constructor(log: TransportLog) {
    this.#log = log;
  }

  /** `reason` is one of few. */
  add(reason: string, count = 1): void {
    if (count > 0) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  flush(): void {
    for (const [reason, count] of this.#counts) this.#log("warn", "refused connections", { reason, count });
    this.#counts.clear();
  }
}
