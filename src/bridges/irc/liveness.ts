import type { World } from "./world.ts";

export interface LivenessContext {
  world: World;
  /** Whether an answer of the server is waited for. */
  expecting: () => boolean;
  write: (line: string) => unknown;
  /** Nothing came although it was asked for. */
  dead: () => void;
}

const TOKEN = "alive-";

/** Finds out whether the server is still there: a PING after a while of silence, the end after a while without any answer. */
export class Liveness {
  readonly #context: LivenessContext;
  #heardAt: number;
  #askedAt: number | undefined;
  #asked = 0;
  #timer: NodeJS.Timeout | undefined;
  #paused = false;
  /** Milliseconds from the latest PING to its PONG. */
  lagMs = 0;

  constructor(context: LivenessContext) {
    this.#context = context;
    this.#heardAt = context.world.steady();
  }

  start(): void {
    const { idle, nudge, pong } = this.#context.world.timings;
    this.#timer = setInterval(() => this.#look(), Math.max(10, Math.min(idle, nudge, pong) / 4));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Any line shows that somebody is there. */
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

  /** Whether a PONG answers us. */
  isOurs(token: string | undefined): boolean {
    return token?.startsWith(TOKEN) ?? false;
  }

  #look(): void {
    const { world, write, dead } = this.#context;
    const now = world.steady();
    if (this.#paused) return;
    if (this.#askedAt !== undefined && now - this.#askedAt > world.timings.pong) dead();
    // Some servers leave lines unread that came in one piece with others, until something new comes.
    const patience = this.#context.expecting() ? world.timings.nudge : world.timings.idle;
    if (this.#askedAt !== undefined || now - this.#heardAt < patience) return;
    this.#askedAt = now;
    this.#asked += 1;
    write(`PING ${TOKEN}${this.#asked}`);
  }
}
