import { MAX_STREAMS_EVER, MAX_WINDOW } from "./limits.ts";

const HEADER_LENGTH = 12;
const DATA = 0;
const FLAG_SYN = 1;

/**
 * Reads the headers of a yamux session (the hashicorp/yamux specification) alongside the muxer, which would gather a
 * frame of any announced size before it looks at its window, and keeps a timer for each stream that was ever opened.
 */
export class YamuxScanner {
  readonly #header = new Uint8Array(HEADER_LENGTH);
  #have = 0;
  #skip = 0;
  #opened = 0;

  /** What is wrong with the session, if anything. */
  scan(bytes: Uint8Array): string | undefined {
    let at = 0;
    while (at < bytes.length) {
      const passed = Math.min(this.#skip, bytes.length - at);
      this.#skip -= passed;
      at += passed;
      if (at < bytes.length) this.#header[this.#have++] = bytes[at++] as number;
      if (this.#have < HEADER_LENGTH) continue;
      this.#have = 0;
      const wrong = this.#check();
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  #check(): string | undefined {
    const view = new DataView(this.#header.buffer);
    const length = view.getUint32(8);
    const opens = (view.getUint16(2) & FLAG_SYN) !== 0 && view.getUint32(4) !== 0;
    if (opens && ++this.#opened > MAX_STREAMS_EVER) return "too many streams";
    if (view.getUint8(1) !== DATA) return undefined;
    if (length > MAX_WINDOW) return "a multiplexer frame larger than any window";
    this.#skip = length;
    return undefined;
  }
}
