import type { World } from "./world.ts";

export interface LivenessContext {
  world: World;
  /** Asks the server for any answer. */
  ask: () => void;
  /** Nothing came although it was asked for. */
  dead: () => void;
}

/** Finds out whether the server is still there: a question after a while of silence, the end after a while without any answer. */
export class Liveness {
  readonly #context: LivenessContext;
  #heardAt: number;
  #askedAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #paused = false;
  /** Milliseconds from the latest question to the next sign of life. */
  lagMs = 0;

  constructor(context: LivenessContext) {
    this.#context = context;
    this.#heardAt = context.world.steady();
  }

  start(): void {
    const { idle, pong } = this.#context.world.timings;
    this.#timer = setInterval(() => this.#look(), Math.max(10, Math.min(idle, pong) / 4));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Whatever comes shows that somebody is there. */
  heard(): void {
    this.#heardAt = this.#context.world.steady();
    if (this.#askedAt !== undefined) this.lagMs = this.#heardAt - this.#askedAt;
    this.#askedAt = undefined;
  }

  /** While we do not read, silence says nothing. */
  pause(on: boolean): void {
    this.#paused = on;
    this.heard();
  }

  #look(): void {
    const { world, ask, dead } = this.#context;
    const now = world.steady();
    if (this.#paused) return;
    if (this.#askedAt !== undefined && now - this.#askedAt > world.timings.pong) return dead();
    if (this.#askedAt !== undefined || now - this.#heardAt < world.timings.idle) return;
    this.#askedAt = now;
    ask();
  }
}
