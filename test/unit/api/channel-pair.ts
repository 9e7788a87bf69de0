import type { Channel } from "../../../src/api/channel.ts";

export interface PairOptions {
  /** Awaited before each text towards the second end is handed over, as a slow reader would. */
  pace?: () => Promise<void>;
}

/** Two ends of one connection inside this process; texts are handed over one after the other, as `Channel` says. */
export function channelPair({ pace }: PairOptions = {}): [Channel, Channel] {
  const left = new End();
  const right = new End(pace);
  left.other = right;
  right.other = left;
  return [left, right];
}

class End implements Channel {
  other: End | undefined;
  readonly #pace: (() => Promise<void>) | undefined;
  readonly #early: string[] = [];
  #handler: ((text: string) => void | Promise<void>) | undefined;
  #closers: (() => void)[] = [];
  #closed = false;
  #tail: Promise<void> = Promise.resolve();

  constructor(pace?: () => Promise<void>) {
    this.#pace = pace;
  }

  send(text: string): Promise<void> {
    const other = this.other;
    if (this.#closed || other === undefined) return Promise.reject(new Error("closed"));
    return other.deliver(text);
  }

  deliver(text: string): Promise<void> {
    const handed = this.#tail.then(async () => {
      await this.#pace?.();
      if (this.#closed) return;
      if (this.#handler === undefined) this.#early.push(text);
      else await this.#handler(text);
    });
    this.#tail = handed;
    return this.#pace === undefined ? Promise.resolve() : handed;
  }

  onMessage(handler: (text: string) => void | Promise<void>): void {
    this.#handler = handler;
    for (const text of this.#early.splice(0)) this.#tail = this.#tail.then(() => handler(text));
  }

  onClose(handler: () => void): void {
    if (this.#closed) handler();
    else this.#closers.push(handler);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const closer of this.#closers.splice(0)) closer();
    this.other?.close();
  }
}
