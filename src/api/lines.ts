import { HomeportError } from "./errors.ts";

const NEWLINE = 0x0a;

/**
 * Newline-delimited texts out of a stream of bytes. A line longer than `max` bytes throws `too-large`, one that is not
 * UTF-8 throws `malformed`; after that the stream is of no use. Empty lines are skipped.
 */
export class LineReader {
  readonly #max: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #kept = new Uint8Array(1024);
  #length = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** The lines that `chunk` completes. */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      const line = this.#take();
      if (line !== "") lines.push(line);
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  #keep(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#max) throw new HomeportError("too-large", `A line is at most ${this.#max} bytes long.`);
    if (length > this.#kept.length) this.#grow(length);
    this.#kept.set(part, this.#length);
    this.#length = length;
  }

  #grow(length: number): void {
    const larger = new Uint8Array(Math.min(this.#max, Math.max(length, 2 * this.#kept.length)));
    larger.set(this.#kept.subarray(0, this.#length));
    this.#kept = larger;
  }

  #take(): string {
    const line = this.#kept.subarray(0, this.#length);
    this.#length = 0;
    try {
      return this.#decoder.decode(line);
    } catch (cause) {
      throw new HomeportError("malformed", "A line is not UTF-8.", { cause });
    }
  }
}
