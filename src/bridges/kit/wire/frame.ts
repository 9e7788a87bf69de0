import { MAX_FRAME } from "./limits.ts";
import { WireError } from "./wire-error.ts";

/**
 * A frame is `u32 length ‖ u8 kind ‖ body`, big-endian; `length` counts kind and body. The body of all kinds but `message`
 * begins with the `u32` id of a stream: `data` goes on with bytes, `credit` with a `u32` of bytes, `reset` with a reason in UTF-8.
 */
export const FRAME = { message: 0, data: 1, credit: 2, end: 3, reset: 4 } as const;

const HEADER = 5;
const STREAM_HEADER = 9;

export function messageHeader(length: number): Buffer {
  if (length + 1 > MAX_FRAME) throw new RangeError("larger than a frame");
  const header = Buffer.allocUnsafe(HEADER);
  header.writeUInt32BE(length + 1, 0);
  header[4] = FRAME.message;
  return header;
}

export function streamHeader(kind: number, stream: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(STREAM_HEADER);
  header.writeUInt32BE(length + 5, 0);
  header[4] = kind;
  header.writeUInt32BE(stream, 5);
  return header;
}

export function creditFrame(stream: number, bytes: number): Buffer {
  const body = Buffer.allocUnsafe(4);
  body.writeUInt32BE(bytes, 0);
  return Buffer.concat([streamHeader(FRAME.credit, stream, 4), body]);
}

export function resetFrame(stream: number, reason: string): Buffer {
  const body = Buffer.from(reason.slice(0, 200), "utf8");
  return Buffer.concat([streamHeader(FRAME.reset, stream, body.length), body]);
}

export const endFrame = (stream: number): Buffer => streamHeader(FRAME.end, stream, 0);

/**
 * Cuts a byte stream into frames, in time linear in its length however it is cut into chunks, with at most one frame in
 * memory. Throws `WireError` for a length that is not allowed, before it takes memory for it.
 */
export class FrameDecoder {
  readonly #onFrame: (kind: number, body: Buffer) => void;
  readonly #head = Buffer.alloc(4);
  #headLength = 0;
  #body: Buffer | undefined;
  #bodyLength = 0;

  constructor(onFrame: (kind: number, body: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#body === undefined ? this.#takeHead(rest) : this.#fill(this.#body, rest);
  }

  #takeHead(chunk: Buffer): Buffer {
    const taken = chunk.copy(this.#head, this.#headLength, 0, 4 - this.#headLength);
    this.#headLength += taken;
    const rest = chunk.subarray(taken);
    if (this.#headLength < 4) return rest;
    this.#headLength = 0;
    const length = this.#head.readUInt32BE(0);
    if (length < 1 || length > MAX_FRAME) throw new WireError(`a frame of ${length} bytes`);
    if (rest.length >= length) {
      this.#emit(rest.subarray(0, length));
      return rest.subarray(length);
    }
    this.#body = Buffer.allocUnsafeSlow(length);
    return rest;
  }

  #fill(body: Buffer, chunk: Buffer): Buffer {
    const taken = chunk.copy(body, this.#bodyLength, 0, body.length - this.#bodyLength);
    this.#bodyLength += taken;
    if (this.#bodyLength === body.length) {
      this.#body = undefined;
      this.#bodyLength = 0;
      this.#emit(body);
    }
    return chunk.subarray(taken);
  }

  #emit(frame: Buffer): void {
    this.#onFrame(frame[0] as number, frame.subarray(1));
  }
}
