import { HomeportError } from "../sync/errors.ts";
import { MAX_FRAME } from "../sync/ports.ts";
import { afterTick } from "./after-tick.ts";
import { FrameBatch } from "./frame-batch.ts";

/** Bytes taken and not yet written above which `send` waits. */
const HIGH_WATER = 256 * 1024;

/** The stream that the frames go to. Neither function throws. */
export interface Sink {
  /** False where the stream keeps the bytes until it has room, of which `drained` tells. */
  write(bytes: Uint8Array): boolean;
  /** The stream holds nothing back. After a `drained` it may still, as that can be about something else. */
  hasRoom(): boolean;
}

interface Waiting {
  frame: Uint8Array;
  taken: () => void;
  refused: (reason: Error) => void;
}

/**
 * The sending half of a link. Frames of one turn of the event loop become one write, as a write costs far more than a
 * frame; while the stream is full they gather here up to a bound, and `send` waits.
 */
export class FrameSender {
  readonly #sink: Sink;
  readonly #batch = new FrameBatch();
  #waiting: Waiting[] = [];
  #scheduled = false;
  #full = false;
  #finished = false;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Resolves when the frame, which is copied at once, is taken; a frame that was taken is written unless the link breaks. */
  send(frame: Uint8Array): Promise<void> {
    if (frame.length === 0 || frame.length > MAX_FRAME) return Promise.reject(new RangeError(`a frame has 1 to ${MAX_FRAME} bytes`));
    if (this.#finished) return Promise.reject(linkClosed());
    if (this.#batch.bytes < HIGH_WATER && this.#waiting.length === 0) {
      this.#take(frame);
      return Promise.resolve();
    }
    const { promise, resolve: taken, reject: refused } = Promise.withResolvers<void>();
    this.#waiting.push({ frame: new Uint8Array(frame), taken, refused });
    return promise;
  }

  drained(): void {
    this.#full = false;
    if (this.#batch.bytes > 0) this.#schedule();
  }

  /** Writes what was taken, refuses what waits and all that comes. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    for (const { refused } of this.#waiting.splice(0)) refused(linkClosed());
    this.#flush();
  }

  /** Refuses everything and writes nothing more. */
  abandon(): void {
    this.#batch.take();
    this.finish();
  }

  #take(frame: Uint8Array): void {
    this.#batch.add(frame);
    if (!this.#full) this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    afterTick(() => {
      this.#scheduled = false;
      if (this.#finished) return;
      this.#full = !this.#sink.hasRoom();
      if (!this.#full) this.#flush();
    });
  }

  #flush(): void {
    for (const piece of this.#batch.take()) this.#full = !this.#sink.write(piece);
    this.#admit();
  }

  #admit(): void {
    let admitted = 0;
    for (const { frame, taken } of this.#waiting) {
      if (this.#batch.bytes >= HIGH_WATER) break;
      admitted++;
      this.#take(frame);
      taken();
    }
    this.#waiting.splice(0, admitted);
  }
}

function linkClosed(): HomeportError {
  return new HomeportError("link-closed", "The connection to the other device is closed.");
}
