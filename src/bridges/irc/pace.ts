import { TokenBucket } from "../kit/index.ts";
import type { IrcConfig } from "./config.ts";
import type { World } from "./world.ts";

interface Turn {
  grant(): void;
  isMessage: boolean;
}

/**
 * Flood control: lines go out in the order in which they asked, a burst at once and then one in `intervalMs`, and no more
 * messages than the burst are on their way without an acknowledgement, so that a slow server sets the speed itself.
 */
export class Pace {
  readonly #bucket: TokenBucket;
  readonly #world: World;
  readonly #window: number;
  readonly #intervalMs: number;
  readonly #turns: Turn[] = [];
  #unsettled = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ burst, intervalMs }: IrcConfig["flood"], world: World) {
    this.#world = world;
    this.#window = burst;
    this.#intervalMs = intervalMs;
    this.#bucket = new TokenBucket({ burst, perSecond: 1000 / intervalMs }, world.steady());
  }

  /** Resolves when it is this line's turn; rejects with the signal's reason. After a message's turn, `settled` is due. */
  turn(kind: "line" | "message", signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const turn: Turn = {
      isMessage: kind === "message",
      grant: () => {
        signal.removeEventListener("abort", leave);
        resolve();
      },
    };
    const leave = () => {
      const at = this.#turns.indexOf(turn);
      if (at !== -1) this.#turns.splice(at, 1);
      reject(signal.reason as Error);
    };
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    signal.addEventListener("abort", leave, { once: true });
    this.#turns.push(turn);
    this.#run();
    return promise;
  }

  /** Milliseconds until a line that asked now would have its turn, if the server keeps up. */
  waitMs(): number {
    return this.#bucket.waitMs(this.#world.steady()) + this.#turns.length * this.#intervalMs;
  }

  /** A message was acknowledged, refused or given up. */
  settled(): void {
    this.#unsettled -= 1;
    this.#run();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #run(): void {
    for (let turn = this.#turns[0]; turn && this.#mayGo(turn); turn = this.#turns[0]) {
      this.#turns.shift();
      if (turn.isMessage) this.#unsettled += 1;
      turn.grant();
    }
  }

  #mayGo(turn: Turn): boolean {
    if (turn.isMessage && this.#unsettled >= this.#window) return false;
    const now = this.#world.steady();
    if (this.#bucket.take(now)) return true;
    this.#timer ??= setTimeout(() => this.#again(), Math.max(1, this.#bucket.waitMs(now)));
    return false;
  }

  #again(): void {
    this.#timer = undefined;
    this.#run();
  }
}
