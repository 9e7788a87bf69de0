/** A change of the wall clock, against the time that really went by. */
export interface ClockJump {
  /** Milliseconds; positive: forward. */
  by: number;
  /** Milliseconds since 1970, after the change. */
  at: number;
}

/** Milliseconds; a clock that is set by the network moves less. */
const NOTABLE = 60_000;
const EVERY = 30_000;

export interface ClockWatchOptions {
  /** Milliseconds since 1970. */
  wall(): number;
  /** Milliseconds that never jump. */
  steady(): number;
  jumped(jump: ClockJump): void;
}

/** Notices that the machine's clock was set while the node runs. A sleeping machine looks like a jump forward, and is none to worry about. */
export class ClockWatch {
  /** The last one. */
  jump: ClockJump | undefined;
  readonly #options: ClockWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #offset: number;

  constructor(options: ClockWatchOptions) {
    this.#options = options;
    this.#offset = options.wall() - options.steady();
    this.#timer = setInterval(() => this.look(), EVERY);
    this.#timer.unref();
  }

  look(): void {
    const { wall, steady, jumped } = this.#options;
    const offset = wall() - steady();
    const by = offset - this.#offset;
    this.#offset = offset;
    if (Math.abs(by) < NOTABLE) return;
    this.jump = { by, at: wall() };
    jumped(this.jump);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
