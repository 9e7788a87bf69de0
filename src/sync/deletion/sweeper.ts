import { KIND } from "../content/kinds.ts";
import type { Writer } from "../core.ts";
import type { Clock, Random } from "../ports.ts";
import { expired, outdated, STEP_MS } from "./expiry.ts";

/** Erased in one transaction; what is left comes in the next. */
const AT_ONCE = 500;
/** After the start, and between two devices that look at the same time: whoever is first tells the others by a tombstone. */
const SPREAD_MS = 10 * 60 * 1000;
const FIRST_MS = 60 * 1000;

export interface SweeperContext {
  clock: Clock;
  random: Random;
  transact<T>(run: (writer: Writer) => T): T;
  /** The row of the own-devices log. */
  ownLog(): number;
  /** False for a device that is not one of the account's: it deletes nothing for others. */
  mayDelete(): boolean;
  /** Runs what nobody waits for. */
  inBackground(run: () => void): void;
}

/** While something is to expire, it is looked at so often in any case. */
const LOOK_MS = 5 * 60_000;

/** Erases what has expired, at its time and at the start, and applies the retention of conversations once an hour. */
export class Sweeper {
  readonly #context: SweeperContext;
  #cancelExpiry: (() => void) | undefined;
  #cancelRetention: (() => void) | undefined;
  #planned = Number.POSITIVE_INFINITY;

  constructor(context: SweeperContext) {
    this.#context = context;
  }

  start(): void {
    this.#expire();
    this.#planRetention(FIRST_MS + this.#spread());
  }

  stop(): void {
    this.#cancelExpiry?.();
    this.#cancelRetention?.();
  }

  /** Something expires at this time. */
  plan(at: number): void {
    if (at >= this.#planned) return;
    const { clock, inBackground } = this.#context;
    this.#cancelExpiry?.();
    this.#planned = at;
    // The clock may be set in between.
    const wait = Math.min(Math.max(at - clock.now(), 0), LOOK_MS);
    this.#cancelExpiry = clock.after(wait, () => inBackground(() => this.#expire()));
  }

  #expire(): void {
    this.#planned = Number.POSITIVE_INFINITY;
    const next = this.#context.transact((writer) => {
      const due = expired(writer, AT_ONCE);
      writer.erase(due.rows);
      // What was erased before it was due has no row any more; what has no body any more is no longer due.
      for (const row of due.rows) writer.sql.run("delete from deletion_expiry where entry = ?", row);
      return due.rows.length === AT_ONCE ? writer.now() : due.next;
    });
    if (next !== undefined) this.plan(next);
  }

  #planRetention(wait: number): void {
    const { clock, inBackground } = this.#context;
    this.#cancelRetention = clock.after(wait, () => {
      this.#planRetention(STEP_MS + this.#spread());
      inBackground(() => this.#retain());
    });
  }

  #retain(): void {
    if (!this.#context.mayDelete()) return;
    this.#context.transact((writer) => {
      for (const { conversation, before } of outdated(writer))
        writer.append(this.#context.ownLog(), KIND.tombstone, { conversation, before });
    });
  }

  #spread(): number {
    return Math.floor(((this.#context.random.bytes(1)[0] as number) / 256) * SPREAD_MS);
  }
}
