import type { LinkReceiver } from "../sync/ports.ts";
import { FrameDecoder } from "./frame-decoder.ts";

/** Bytes held for a slow receiver above which the stream is paused. */
const HIGH_WATER = 256 * 1024;

/** Steers the stream that the bytes come from. */
export interface Source {
  pause(): void;
  resume(): void;
  /** The link is to be broken: the peer sent no frames, or the receiver failed. */
  failed(reason: unknown): void;
}

/** The receiving half of a link: hands frames over one by one, and holds a bounded number of bytes meanwhile. */
export class FrameReceiver {
  readonly #source: Source;
  readonly #decoder = new FrameDecoder();
  #receiver: LinkReceiver | undefined;
  /** A promise of the receiver is pending. */
  #busy = false;
  #ended = false;
  #done = false;
  #told = false;

  constructor(source: Source) {
    this.#source = source;
  }

  start(receiver: LinkReceiver): void {
    if (this.#receiver !== undefined) throw new TypeError("a link is started once");
    this.#receiver = receiver;
    if (receiver.borrows === true) this.#decoder.lend();
    // Not from within `start`, `close` or a handler of the caller: it may not be ready yet.
    queueMicrotask(() => (this.#done ? this.#tell() : this.#pump()));
  }

  push(bytes: Uint8Array): void {
    if (this.#done) return;
    this.#decoder.push(bytes);
    this.#pump();
  }

  /** No more bytes will come: `closed` follows the last whole frame. */
  end(): void {
    this.#ended = true;
    this.#pump();
  }

  /** `closed` now; what is held is thrown away. */
  drop(): void {
    if (this.#done) return;
    this.#done = true;
    this.#decoder.clear();
    queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    if (this.#told || this.#receiver === undefined) return;
    this.#told = true;
    this.#receiver.closed();
  }

  #pump(): void {
    const receiver = this.#receiver;
    if (receiver === undefined || this.#busy) return this.#steer();
    try {
      while (!this.#done) {
        const frame = this.#decoder.next();
        if (frame === undefined) break;
        const pending = receiver.frame(frame);
        if (pending !== undefined) return this.#wait(pending);
      }
    } catch (reason) {
      this.#source.failed(reason);
      return;
    }
    if (this.#ended) this.drop();
    else this.#steer();
  }

  #wait(pending: Promise<void>): void {
    this.#busy = true;
    this.#steer();
    pending.then(
      () => {
        this.#busy = false;
        this.#pump();
      },
      (reason: unknown) => {
        this.#busy = false;
        this.#source.failed(reason);
      },
    );
  }

  #steer(): void {
    if (this.#done || this.#ended) return;
    const free = this.#receiver !== undefined && (!this.#busy || this.#decoder.buffered < HIGH_WATER);
    if (free) this.#source.resume();
    else this.#source.pause();
  }
}
