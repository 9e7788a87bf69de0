import type { Core } from "../core.ts";
import type { Log } from "../log-port.ts";
import type { Clock } from "../ports.ts";
import type { WordIndex } from "./word-index.ts";

/** After something was taken out; what is taken out in between goes with it. In milliseconds. */
const WAIT_MS = 10_000;
/** Between two steps, of some milliseconds each. */
const PAUSE_MS = 20;

/** E2: gets the hashes of words that were taken out of the index also out of the file, by writing it anew in small steps. */
export class Purger {
  readonly #core: Core;
  readonly #index: WordIndex;
  readonly #clock: Clock;
  readonly #log: Log;
  #cancel: (() => void) | undefined;

  constructor(core: Core, index: WordIndex, clock: Clock, log: Log) {
    this.#core = core;
    this.#index = index;
    this.#clock = clock;
    this.#log = log;
  }

  /** Plans a purge where there is something to purge. */
  check(): void {
    const marks = this.#marks();
    if (marks > 0 && !this.#cancel) this.#plan(WAIT_MS, marks, true);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = () => undefined;
  }

  #marks(): number {
    return this.#core.sql.get<{ purge: number }>("select purge from search_state")?.purge ?? 0;
  }

  #plan(wait: number, marks: number, first: boolean): void {
    this.#cancel = this.#clock.after(wait, () => {
      this.#cancel = undefined;
      try {
        this.#step(marks, first);
      } catch (error) {
        this.#log("error", "the search index could not be purged", { what: error instanceof Error ? error.message : "unknown" });
      }
    });
  }

  #step(marks: number, first: boolean): void {
    const done = this.#core.transact((writer) => {
      const last = this.#index.purge(first);
      // What was taken out meanwhile may have been passed already.
      if (last) writer.sql.run("update search_state set purge = 0 where purge = ?", marks);
      return last;
    });
    if (!done) return this.#plan(PAUSE_MS, marks, false);
    this.#core.sql.exec("pragma wal_checkpoint(truncate)");
    this.check();
  }
}
