import type { Clock } from "../../../sync/ports.ts";
import { residentBytes } from "./proc.ts";

const MIB = 1024 * 1024;

export interface HealthWatch {
  ping: () => Promise<unknown>;
  kill: (reason: string) => void;
  clock: Clock;
  /** Milliseconds. */
  every: number;
  misses: number;
}

/** Pings; so many in a row without an answer end the child. Returns what stops the watch. */
export function watchHealth({ ping, kill, clock, every, misses }: HealthWatch): () => void {
  let waiting = false;
  let missed = 0;
  let cancel = clock.after(every, beat);
  function answered(): void {
    waiting = false;
    missed = 0;
  }
  function beat(): void {
    if (waiting) missed++;
    if (missed >= misses) return kill(`did not answer ${misses} pings`);
    if (!waiting) {
      waiting = true;
      // An error is an answer: the process is alive.
      ping().then(answered, answered);
    }
    cancel = clock.after(every, beat);
  }
  return () => cancel();
}

export interface MemoryWatch {
  tree: () => number[];
  kill: (reason: string) => void;
  clock: Clock;
  /** Milliseconds. */
  every: number;
  maxMb: number;
}

/** Looks at the resident memory of all processes of a child; above the limit it ends. Returns what stops the watch. */
export function watchMemory({ tree, kill, clock, every, maxMb }: MemoryWatch): () => void {
  let cancel = clock.after(every, look);
  function look(): void {
    const mb = Math.round(residentBytes(tree()) / MIB);
    if (mb > maxMb) return kill(`used ${mb} MiB of memory and may use ${maxMb}`);
    cancel = clock.after(every, look);
  }
  return () => cancel();
}
