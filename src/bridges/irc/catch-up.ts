import type { ConvId } from "../contract/index.ts";
import { BridgeError } from "../kit/index.ts";
import type { Conversations } from "./conversations.ts";
import type { Heard } from "./heard.ts";
import { type History, type Point, selector } from "./history.ts";
import type { World } from "./world.ts";

/** Clocks and orders differ a little: so much is asked for again, and known again by its ids. Milliseconds. */
const OVERLAP = 10_000;
/** Pages of one conversation; what is behind them is a gap. */
const MAX_PAGES = 1_000;

export interface CatchUpContext {
  history: History;
  heard: Heard;
  conversations: Conversations;
  world: World;
  /** What was asked for is with the host: until here nothing is missing. */
  reached: (conv: ConvId, point: Point, id: string | undefined) => void;
  /** All that the server has of it has been handed on. `proven`: it reaches back to what was heard before. */
  done: (conv: ConvId, result: { proven: boolean; why: string }) => void;
  log: (message: string, fields: Record<string, string | number>) => void;
}

/**
 * Fetches what was said while nobody listened. The proof that nothing is missing is the last message that was heard, or an
 * older one: where the server still has it, all that followed it has come as well.
 */
export class CatchUp {
  readonly #context: CatchUpContext;
  readonly #running = new Set<ConvId>();

  constructor(context: CatchUpContext) {
    this.#context = context;
  }

  get isPossible(): boolean {
    return this.#context.history.isThere;
  }

  isRunning(conv: ConvId): boolean {
    return this.#running.has(conv);
  }

  /** `since`: milliseconds by the server's clock. */
  start(conv: ConvId, since: number): void {
    if (this.#running.has(conv)) return;
    this.#running.add(conv);
    void this.#run(conv, since);
  }

  /** People who wrote while we were away, and whose conversation is not open. */
  async strangers(since: number): Promise<string[]> {
    const { history, world, log } = this.#context;
    try {
      return await history.targets(since - OVERLAP, world.now() + 24 * 3_600_000);
    } catch (error) {
      log("the server did not tell who wrote in the meantime", { error: words(error) });
      return [];
    }
  }

  async #run(conv: ConvId, since: number): Promise<void> {
    const { done } = this.#context;
    try {
      const proven = await this.#fetch(conv, since);
      this.#running.delete(conv);
      done(conv, { proven, why: proven ? "" : "the history of the server may not reach back to then" });
    } catch (error) {
      this.#running.delete(conv);
      // A connection that broke is followed by another one, which begins where this one got to.
      if (error instanceof BridgeError && error.data.sent === "maybe") return;
      done(conv, { proven: false, why: `the server does not give its history: ${words(error)}` });
    }
  }

  async #fetch(conv: ConvId, since: number): Promise<boolean> {
    const { heard, history, reached, conversations } = this.#context;
    const last = heard.last(conv);
    const from = Math.min(since, last?.ts ?? since) - OVERLAP;
    let [proven, at]: [boolean, Point] = [false, { msgid: undefined, ts: from }];
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const { count, ids, newest } = await history.after(conversations.nameOf(conv), at);
      proven ||= last !== undefined && ids.has(last.id);
      if (count === 0 || newest === undefined || (newest.msgid === at.msgid && newest.ts === at.ts))
        return proven || this.#reachesBack(conv, from);
      reached(conv, newest, [...ids].at(-1));
      at = newest;
    }
    return false;
  }

  /** Where the server still has something older, it has all that came after it. */
  async #reachesBack(conv: ConvId, ts: number): Promise<boolean> {
    const { history, conversations } = this.#context;
    const { count } = await history.before(conversations.nameOf(conv), selector({ msgid: undefined, ts }), 1);
    return count > 0;
  }
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));
