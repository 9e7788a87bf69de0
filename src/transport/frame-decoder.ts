import { MalformedError } from "../sync/errors.ts";
import { MAX_FRAME } from "../sync/ports.ts";

/** Bytes of a length: `MAX_FRAME` fits into three groups of seven bits. */
const MAX_LENGTH_BYTES = 3;
const SMALLEST_STORE = 4096;
/** A store above this is not kept for later. */
const LARGEST_KEPT = 64 * 1024;
/** The same, where frames are lent: large ones follow each other. */
const LARGEST_KEPT_LENDING = 2 * 1024 * 1024;

/**
 * Cuts a byte stream into frames: an unsigned varint (shortest form, 1 to `MAX_FRAME`), then as many bytes. Pieces are
 * gathered in one store, so that a stream of tiny ones costs little more memory than its bytes.
 */
export class FrameDecoder {
  #store: Uint8Array = new Uint8Array(0);
  /** False where the store is a piece as it came, which others may see too. */
  #writable = true;
  #start = 0;
  #end = 0;
  #lends = false;

  /** Bytes that were pushed and are not yet part of a frame handed out. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  /** From now on a frame is good only until the next `push`. */
  lend(): void {
    this.#lends = true;
  }

  /** Keeps `bytes`, which must not change afterwards. */
  push(bytes: Uint8Array): void {
    if (this.buffered === 0 && bytes.length > this.#store.length) {
      this.#use(bytes, false);
      this.#end = bytes.length;
      return;
    }
    this.#makeRoom(bytes.length);
    this.#store.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** The next whole frame, which belongs to the caller unless it is lent. Throws `MalformedError` for a length that no frame has. */
  next(): Uint8Array | undefined {
    const head = this.#readLength();
    if (head === undefined || this.buffered < head.size + head.length) return undefined;
    const from = this.#start + head.size;
    const part = this.#store.subarray(from, from + head.length);
    // Not `slice`, which makes no copy where the store is a Buffer.
    const frame = this.#lends ? part : new Uint8Array(part);
    this.#start = from + head.length;
    if (this.#start === this.#end) this.clear();
    return frame;
  }

  clear(): void {
    const largest = this.#lends ? LARGEST_KEPT_LENDING : LARGEST_KEPT;
    if (!this.#writable || this.#store.length > largest) this.#use(new Uint8Array(0), true);
    this.#start = 0;
    this.#end = 0;
  }

  #readLength(): { length: number; size: number } | undefined {
    let length = 0;
    for (let i = 0; i < MAX_LENGTH_BYTES; i++) {
      if (i >= this.buffered) return undefined;
      const byte = this.#store[this.#start + i] as number;
      length |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        if (length === 0 || length > MAX_FRAME || (i > 0 && byte === 0)) break;
        return { length, size: i + 1 };
      }
    }
    throw new MalformedError(`a frame has 1 to ${MAX_FRAME} bytes, and its length the shortest form`);
  }

  #makeRoom(added: number): void {
    if (this.#writable && this.#end + added <= this.#store.length) return;
    const kept = this.#store.subarray(this.#start, this.#end);
    const needed = kept.length + added;
    if (!this.#writable || needed > this.#store.length / 2) this.#use(new Uint8Array(Math.max(SMALLEST_STORE, 2 * needed)), true);
    this.#store.set(kept);
    this.#start = 0;
    this.#end = kept.length;
  }

  #use(store: Uint8Array, writable: boolean): void {
    this.#store = store;
    this.#writable = writable;
  }
}

/** The length of a frame as it goes ahead of it: an unsigned varint of 1 to 3 bytes. */
export function frameLength(length: number): number[] {
  const bytes: number[] = [];
  let rest = length;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
