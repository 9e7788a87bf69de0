import type { Clock } from "../ports.ts";

const HELD_CHECK_MS = 60_000;

/** B3: when to look again at conversations in which something is held. */
export class DueTimes {
  readonly #clock: Clock;
  readonly #look: (conversation: number) => void;
  readonly #timers = new Map<number, () => void>();

  constructor(clock: Clock, look: (conversation: number) => void) {
    this.#clock = clock;
    this.#look = look;
  }

  /** `due`: milliseconds since 1970. */
  set(conversation: number, due: number): void {
    this.#timers.get(conversation)?.();
    // Looked at again soon in any case: the clock may be set right in between.
    const wait = Math.min(Math.max(due - this.#clock.now(), 0) + 1, HELD_CHECK_MS);
    const cancel = this.#clock.after(wait, () => {
      this.#timers.delete(conversation);
      this.#look(conversation);
    });
    this.#timers.set(conversation, cancel);
  }

  stop(): void {
    for (const cancel of this.#timers.values()) cancel();
  }
}
