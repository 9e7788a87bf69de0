import { STRIDE } from "./layout.ts";

/** A chunk, its proof and the head of its frame. */
const CAPACITY = STRIDE + 4096;
const MOST_KEPT = 24;

/**
 * Buffers of the size of a chunk that are used again. Memory outside of the heap makes the collector look through all of it each time
 * that some tens of megabytes were taken, which costs more than all else of a transfer.
 */
export class BufferPool {
  readonly #free: Uint8Array[] = [];

  /** What stands in it is left from before. */
  take(length: number): Uint8Array {
    if (length > CAPACITY) return new Uint8Array(length);
    return (this.#free.pop() ?? new Uint8Array(CAPACITY)).subarray(0, length);
  }

  /** Of `take`; nobody may look at it any more. */
  give(buffer: Uint8Array): void {
    if (buffer.buffer.byteLength === CAPACITY && this.#free.length < MOST_KEPT)
      this.#free.push(new Uint8Array(buffer.buffer as ArrayBuffer));
  }
}
