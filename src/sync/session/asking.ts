import type { Clock } from "../ports.ts";

/** After a gap or a full queue a conversation is asked for again, at most this often. */
const ASK_AGAIN_MS = 1000;

/** Which conversations the peer was asked for, by saying what is held of them. By row. */
export class Asking {
  readonly #clock: Clock;
  readonly #say: (conversation: number) => void;
  /** With the time of the last asking. */
  readonly #asked = new Map<number, number>();
  readonly #timers = new Set<() => void>();
  /** What had to wait for the account. */
  readonly #waiting = new Set<number>();
  #closed = false;

  constructor(clock: Clock, say: (conversation: number) => void) {
    this.#clock = clock;
    this.#say = say;
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
  }

  ask(conversation: number): void {
    const last = this.#asked.get(conversation) ?? 0;
    const now = this.#clock.now();
    if (this.#closed) return;
    if (now - last < ASK_AGAIN_MS && now >= last) return this.#later(conversation);
    this.#asked.set(conversation, now);
    this.#say(conversation);
  }

  /**
   * The peer sends nothing before it knows what is held here, and it may compare the two at another moment than this device: it is
   * always told once.
   */
  atLeastOnce(conversation: number): void {
    if (!this.#asked.has(conversation)) this.ask(conversation);
  }

  /** Asked for once the account has changed. */
  wait(conversation: number): void {
    this.#waiting.add(conversation);
  }

  accountChanged(): void {
    for (const conversation of this.#waiting) this.ask(conversation);
    this.#waiting.clear();
  }

  #later(conversation: number): void {
    const cancel = this.#clock.after(ASK_AGAIN_MS, () => {
      this.#timers.delete(cancel);
      this.ask(conversation);
    });
    this.#timers.add(cancel);
  }
}
