import { HomeportError } from "../sync/errors.ts";
import { MAX_FRAME } from "../sync/ports.ts";
import { afterTick } from "./after-tick.ts";
import { frameLength } from "./frame-decoder.ts";

/** Bytes taken and not yet written above which `send` waits. */
const HIGH_WATER = 256 * 1024;

interface Waiting {
  bytes: Uint8Array;
  taken: () => void;
  refused: (reason: Error) => void;
}

/**
 * The sending half of a link. Frames of one turn of the event loop become one write, as a write costs far more than a
 * frame; while the stream is full they gather here up to a bound, and `send` waits.
 */
export class FrameSender {
  readonly #write: (bytes: Uint8Array) => boolean;
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #full = false;
  #finished = false;

  /** `write` returns false where the stream wants no more until `drained` is called. It must not throw. */
  constructor(write: (bytes: Uint8Array) => boolean) {
    this.#write = write;
  }

  /** Resolves when the frame, which is copied at once, is taken; a frame that was taken is written unless the link breaks. */
  send(frame: Uint8Array): Promise<void> {
    if (frame.length === 0 || frame.length > MAX_FRAME) return Promise.reject(new RangeError(`a frame has 1 to ${MAX_FRAME} bytes`));
    if (this.#finished) return Promise.reject(linkClosed());
    const bytes = withLength(frame);
    if (this.#batchBytes < HIGH_WATER && this.#waiting.length === 0) {
      this.#take(bytes);
      return Promise.resolve();
    }
    return new Promise((taken, refused) => this.#waiting.push({ bytes, taken, refused }));
  }

  drained(): void {
    this.#full = false;
    if (this.#batchBytes > 0) this.#schedule();
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
    this.#batch = [];
    this.#batchBytes = 0;
    this.finish();
  }

  #take(bytes: Uint8Array): void {
    this.#batch.push(bytes);
    this.#batchBytes += bytes.length;
    if (!this.#full) this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    afterTick(() => {
      this.#scheduled = false;
      if (!this.#full && !this.#finished) this.#flush();
    });
  }

  #flush(): void {
    if (this.#batchBytes === 0) return;
    const bytes = join(this.#batch, this.#batchBytes);
    this.#batch = [];
    this.#batchBytes = 0;
    this.#full = !this.#write(bytes);
    this.#admit();
  }

  #admit(): void {
    let admitted = 0;
    for (const { bytes, taken } of this.#waiting) {
      if (this.#batchBytes >= HIGH_WATER) break;
      admitted++;
      this.#take(bytes);
      taken();
    }
    this.#waiting.splice(0, admitted);
  }
}

export function linkClosed(): HomeportError {
  return new HomeportError("link-closed", "The connection to the other device is closed.");
}

function withLength(frame: Uint8Array): Uint8Array {
  const head = frameLength(frame.length);
  const bytes = new Uint8Array(head.length + frame.length);
  bytes.set(head);
  bytes.set(frame, head.length);
  return bytes;
}

function join(parts: Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
