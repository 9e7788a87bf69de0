import { frameLength } from "./frame-decoder.ts";

/** Frames below this are gathered in blocks; larger ones stand alone, as copying them twice would cost more than a write. */
const LARGE = 16 * 1024;
const FIRST_BLOCK = 1024;
const LARGEST_BLOCK = 64 * 1024;

/** Frames with their lengths, copied into as few pieces as makes sense. */
export class FrameBatch {
  #pieces: Uint8Array[] = [];
  #block = new Uint8Array(0);
  #used = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(frame: Uint8Array): void {
    const head = frameLength(frame.length);
    const size = head.length + frame.length;
    const into = size < LARGE ? this.#room(size) : this.#own(size);
    into.set(head);
    into.set(frame, head.length);
    this.#bytes += size;
  }

  /** The pieces in order, which belong to the caller; the batch is empty afterwards. */
  take(): Uint8Array[] {
    this.#seal();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    return pieces;
  }

  #own(size: number): Uint8Array {
    this.#seal();
    const piece = new Uint8Array(size);
    this.#pieces.push(piece);
    return piece;
  }

  #room(size: number): Uint8Array {
    if (this.#used + size > LARGEST_BLOCK) this.#seal();
    if (this.#used + size > this.#block.length) this.#grow(this.#used + size);
    const room = this.#block.subarray(this.#used, this.#used + size);
    this.#used += size;
    return room;
  }

  #grow(needed: number): void {
    let size = Math.max(FIRST_BLOCK, this.#block.length);
    while (size < needed) size *= 2;
    const block = new Uint8Array(size);
    block.set(this.#block.subarray(0, this.#used));
    this.#block = block;
  }

  #seal(): void {
    if (this.#used > 0) this.#pieces.push(this.#block.subarray(0, this.#used));
    this.#block = new Uint8Array(0);
    this.#used = 0;
  }
}
