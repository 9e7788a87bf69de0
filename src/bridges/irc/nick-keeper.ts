import type { IrcMessage } from "irc-framework";
import type { World } from "./world.ts";

export interface NickKeeperContext {
  world: World;
  wanted: string;
  current: () => string;
  same: (one: string, other: string) => boolean;
  /** Writes when it is this line's turn. */
  write: (line: string) => unknown;
}

const REFUSALS = new Set(["431", "432", "433", "436", "437", "438", "447", "484"]);

/** Gets the wanted nick back where it was taken when we came: now and then, and at once when its holder leaves it. */
export class NickKeeper {
  readonly #context: NickKeeperContext;
  #timer: NodeJS.Timeout | undefined;
  #asked = false;
  #wanted: string;

  constructor(context: NickKeeperContext) {
    this.#context = context;
    this.#wanted = context.wanted;
  }

  get hasWanted(): boolean {
    return this.#context.same(this.#context.current(), this.#wanted);
  }

  /** The person took another one. */
  want(nick: string): void {
    this.#wanted = nick;
  }

  /** Whoever held it may be gone. */
  again(): void {
    this.#ask();
  }

  start(): void {
    this.#timer = setInterval(() => this.#ask(), this.#context.world.timings.reclaim);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** True for the refusal of our own attempt, which nobody needs to see. */
  take({ command, nick, params }: IrcMessage): boolean {
    const wanted = this.#wanted;
    const { same } = this.#context;
    if ((command === "QUIT" || command === "NICK") && same(nick, wanted)) this.#ask();
    if (!this.#asked || !REFUSALS.has(command) || !params.some((param) => same(param, wanted))) return false;
    this.#asked = false;
    return true;
  }

  #ask(): void {
    if (this.hasWanted) return;
    this.#asked = true;
    this.#context.write(`NICK ${this.#wanted}`);
  }
}
