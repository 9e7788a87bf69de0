import { HomeportError } from "./errors.ts";

/** A handler that awaits `push` is held back from here on. */
const FULL_EVENTS = 64;
const FULL_SIZE = 1 << 20;
/** One that does not is ended here. In events, and in UTF-16 code units. */
export const MAX_EVENTS = 1024;
const MAX_SIZE = 16 << 20;

/** Events on their way to one subscriber: bounded, in order, sent one after the other. */
export class EventQueue {
  readonly #send: (text: string) => Promise<void>;
  readonly #waiting: string[] = [];
  readonly #room: (() => void)[] = [];
  #size = 0;
  #pump: Promise<void> | undefined;
  #ended = false;

  constructor(send: (text: string) => Promise<void>) {
    this.#send = send;
  }

  /** Resolves when there is room for more. Throws `slow-consumer` when there is none; then the queue is at its end. */
  async push(text: string): Promise<void> {
    if (this.#ended) throw new HomeportError("cancelled", "The stream has ended.");
    if (this.#waiting.length >= MAX_EVENTS || this.#size + text.length > MAX_SIZE) {
      this.end();
      throw new HomeportError("slow-consumer", "The stream was read too slowly; go on from the last cursor.");
    }
    this.#waiting.push(text);
    this.#size += text.length;
    this.#pump ??= this.#run();
    if (this.#isFull()) await new Promise<void>((resolve) => this.#room.push(resolve));
  }

  /** Resolves when everything has been sent. */
  async drained(): Promise<void> {
    await this.#pump;
  }

  /** Drops what waits. */
  end(): void {
    this.#ended = true;
    this.#waiting.length = 0;
    this.#size = 0;
    this.#release();
  }

  async #run(): Promise<void> {
    for (let text = this.#next(); text !== undefined; text = this.#next()) {
      try {
        await this.#send(text);
      } catch {
        // The channel is closed: whoever owns the queue learns it from the channel itself.
        this.end();
      }
      if (!this.#isFull()) this.#release();
    }
    this.#pump = undefined;
  }

  #next(): string | undefined {
    const text = this.#waiting.shift();
    if (text !== undefined) this.#size -= text.length;
    return text;
  }

  #isFull(): boolean {
    return this.#waiting.length >= FULL_EVENTS || this.#size > FULL_SIZE;
  }

  #release(): void {
    for (const resolve of this.#room.splice(0)) resolve();
  }
}
