import { HomeportError } from "../errors.ts";
import type { Clock, Link } from "../ports.ts";

/** For what machines do by themselves. */
export const STEP_MS = 30_000;

/**
 * A link read frame by frame, each with a deadline. It holds one frame at most: what comes ahead of its turn stays with
 * the transport. Rejections: `link-closed` and `timed-out`.
 */
export class Channel {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #watchers = new Set<(error: HomeportError) => void>();
  #held: { frame: Uint8Array; taken(): void } | undefined;
  #waiting: ((frame: Uint8Array) => void) | undefined;
  #closed = false;

  constructor(link: Link, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
    link.start({ frame: (bytes) => this.#frame(bytes), closed: () => this.#end() });
  }

  get peer(): Uint8Array {
    return this.#link.peer;
  }

  /** One call at a time. What came before the link closed is still handed out. */
  async receive(ms: number): Promise<Uint8Array> {
    return this.#take() ?? (await this.#next(ms));
  }

  #next(ms: number): Promise<Uint8Array> {
    const next = new Promise<Uint8Array>((resolve) => {
      this.#waiting = resolve;
    });
    return this.within(ms, next).finally(() => {
      this.#waiting = undefined;
    });
  }

  /** Resolves when the transport has taken the frame. */
  send(frame: Uint8Array): Promise<void> {
    return this.within(STEP_MS, this.#closed ? Promise.reject(closedError()) : this.#link.send(frame));
  }

  /** `work`, unless the time is up or the link closes before. */
  within<T>(ms: number, work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const done = (): void => {
        cancel();
        this.#watchers.delete(fail);
      };
      const fail = (error: unknown): void => {
        done();
        reject(error instanceof Error ? error : closedError());
      };
      const cancel = this.#clock.after(ms, () => fail(new HomeportError("timed-out", "The other device did not answer in time.")));
      this.#watchers.add(fail);
      if (this.#closed) fail(closedError());
      work.then((value) => {
        done();
        resolve(value);
      }, fail);
    });
  }

  /** Resolves when the link has closed, or when the time is up. */
  async ended(ms: number): Promise<void> {
    await this.within(ms, new Promise(() => undefined)).catch(() => undefined);
  }

  close(): void {
    this.#link.close();
    this.#end();
  }

  #frame(bytes: Uint8Array): Promise<void> | void {
    const waiting = this.#waiting;
    // At once: the transport may hand over the next frame before whoever waited has run.
    this.#waiting = undefined;
    if (waiting !== undefined) return waiting(bytes);
    return new Promise<void>((taken) => {
      this.#held = { frame: bytes, taken };
    });
  }

  #take(): Uint8Array | undefined {
    const held = this.#held;
    this.#held = undefined;
    held?.taken();
    return held?.frame;
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const fail of [...this.#watchers]) fail(closedError());
  }
}

const closedError = (): HomeportError => new HomeportError("link-closed", "The connection to the other device ended.");
