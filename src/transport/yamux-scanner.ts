import { MAX_PINGS_EVER, MAX_STREAMS_EVER, MAX_WINDOW } from "./limits.ts";

const HEADER_LENGTH = 12;
const DATA = 0;
const PING = 2;
const FLAG_SYN = 1;

/**
 * Reads the headers of a yamux session (the hashicorp/yamux specification) alongside the muxer, which would gather a
 * frame of any announced size before it looks at its window, keeps a timer for each stream that was ever opened, and
 * answers every ping, also to a peer that does not read.
 */
export class YamuxScanner {
  readonly #header = new Uint8Array(HEADER_LENGTH);
  #have = 0;
  #skip = 0;
  #opened = 0;
  #pings = 0;

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
    const type = view.getUint8(1);
    const asks = (view.getUint16(2) & FLAG_SYN) !== 0;
    if (asks && type === PING && ++this.#pings > MAX_PINGS_EVER) return "too many pings";
    if (asks && type < PING && ++this.#opened > MAX_STREAMS_EVER) return "too many streams";
    if (type !== DATA) return undefined;
    this.#skip = view.getUint32(8);
    return this.#skip > MAX_WINDOW ? "a multiplexer frame larger than any window" : undefined;
  }
}
