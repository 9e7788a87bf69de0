import type { Clock } from "../ports.ts";
import type { Frame } from "./frames.ts";

/** A ping after so long without a frame, the end after so many intervals. */
const QUIET_MS = 15_000;
const MAX_QUIET = 3;
/** What asks for an answer gets one within this time, or the peer is asked once more, and then suspected to be gone. */
const ANSWER_MS = 3000;
/** A peer that was heard of since is there. */
const LIVELY_MS = 5000;
/** B3: the peer is asked for its time at first, and then once in so many. */
const ASK_TIME_MS = 10 * 60_000;
/** An answer that took longer tells too little of the time. */
const PROMPT_MS = 10_000;

const ANSWERED: ReadonlySet<Frame["type"]> = new Set(["ping", "call"]);

export interface LivenessOptions {
  clock: Clock;
  /** Nothing is sent after the session ended. */
  send(frame: Frame): void;
  /** It does not answer; called again and again until it does, or the session ends. */
  suspected(): void;
  ended(why: string): void;
  /** B3: the peer's clock is so many milliseconds ahead of this device's. */
  ahead(ms: number): void;
}

/** Is the peer there, and what time is it there? A connection whose peer is cut off looks open for minutes otherwise. */
export class Liveness {
  readonly #options: LivenessOptions;
  /** Intervals since the last frame. */
  #quiet = 0;
  #heardAt: number;
  /** Runs while an answer is due. */
  #due: (() => void) | undefined;
  /** An answer was due, and it was asked whether anyone is there. */
  #unanswered = false;
  #isSuspect = false;
  #began = false;
  #closed = false;
  #timer: (() => void) | undefined;
  #timeTimer: (() => void) | undefined;
  /** The question that is open, and when it was put. */
  #asked: { n: number; at: number } | undefined;
  #questions = 0;

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#heardAt = options.clock.now();
  }

  /** Nothing has come back for a while. */
  get isSuspect(): boolean {
    return this.#isSuspect;
  }

  /** The peer was heard of just now. */
  get isLively(): boolean {
    const silence = this.#options.clock.now() - this.#heardAt;
    return silence >= 0 && silence < LIVELY_MS;
  }

  /** Both sides have proved themselves. */
  begin(): void {
    this.#began = true;
    this.#watch();
    this.#askTime();
  }

  stop(): void {
    this.#closed = true;
    for (const cancel of [this.#timer, this.#timeTimer, this.#due]) cancel?.();
  }

  heard(): void {
    this.#quiet = 0;
    this.#heardAt = this.#options.clock.now();
    this.#due?.();
    this.#due = undefined;
    this.#unanswered = false;
    this.#isSuspect = false;
  }

  sent(type: Frame["type"]): void {
    if (ANSWERED.has(type)) this.expectAnswer();
  }

  expectAnswer(): void {
    if (!this.#began || this.#closed) return;
    this.#due ??= this.#options.clock.after(ANSWER_MS, () => {
      this.#due = undefined;
      if (this.#unanswered) {
        this.#isSuspect = true;
        this.#options.suspected();
      }
      this.#unanswered = true;
      this.#ping();
    });
  }

  pinged(n: number): void {
    this.#options.send({ type: "pong", n, now: this.#options.clock.now() });
  }

  /** B3: halfway between question and answer the peer's clock said `now`. */
  answered(n: number, now: number | undefined): void {
    const asked = this.#asked;
    if (!asked || asked.n !== n) return;
    this.#asked = undefined;
    const took = this.#options.clock.now() - asked.at;
    if (now !== undefined && took >= 0 && took <= PROMPT_MS) this.#options.ahead(Math.round(now - (asked.at + took / 2)));
  }

  #ping(): void {
    this.#options.send({ type: "ping", n: 0 });
  }

  #askTime(): void {
    this.#questions += 1;
    this.#asked = { n: this.#questions, at: this.#options.clock.now() };
    this.#options.send({ type: "ping", n: this.#questions });
    this.#timeTimer = this.#options.clock.after(ASK_TIME_MS, () => this.#askTime());
  }

  /** Counts intervals instead of comparing times: a clock that is set back would make a dead link look alive for days. */
  #watch(): void {
    this.#timer = this.#options.clock.after(QUIET_MS, () => {
      this.#quiet += 1;
      if (this.#quiet > MAX_QUIET) return this.#options.ended("it does not answer any more");
      if (this.#quiet > 1) this.#ping();
      this.#watch();
    });
  }
}
