import { Duplex } from "node:stream";
import { endFrame, resetFrame } from "./frame.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { costOf, MAX_DATA, MIN_COST, WINDOW } from "./limits.ts";
import { WireError } from "./wire-error.ts";

/**
 * One byte stream of a connection. What the reader has not taken is bounded by the window: credit goes back to the other
 * side only as it is read, so that its socket feels the pressure.
 */
export class MuxStream extends Duplex {
  readonly id: number;
  readonly #writer: FrameWriter;
  readonly #forget: (id: number) => void;
  readonly #inbox: Buffer[] = [];
  #ended = false;
  #pushedEnd = false;
  #wanted = false;
  /** Cost that the other side may still send. */
  #allowed = WINDOW;
  /** Cost that was read and is not yet given back. */
  #consumed = 0;
  /** Cost that this side may still send. */
  #credit = WINDOW;
  #unsent: Buffer | undefined;
  #sent: (() => void) | undefined;
  #peerReset = false;
  readonly #turn = (): void => this.#sendUnsent();

  constructor(id: number, writer: FrameWriter, forget: (id: number) => void) {
    super({ allowHalfOpen: true });
    this.id = id;
    this.#writer = writer;
    this.#forget = forget;
  }

  /** Bytes that have come and that nobody has read. */
  get unread(): number {
    return this.readableLength + this.#inbox.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  /** Throws `WireError` for more than was allowed, for nothing at all and for data after the end. */
  onData(bytes: Buffer): void {
    const cost = costOf(bytes.length);
    if (bytes.length === 0 || this.#ended) throw new WireError("data where none was allowed");
    if (cost > this.#allowed) throw new WireError("more data than the window allows");
    this.#allowed -= cost;
    if (this.destroyed) return;
    this.#inbox.push(ownMemory(bytes));
    this.#deliver();
  }

  /** Throws `WireError` for more than was ever sent. */
  onCredit(cost: number): void {
    if (this.#credit + cost > WINDOW) throw new WireError("more credit than the window has");
    this.#credit += cost;
    this.#sendUnsent();
  }

  onEnd(): void {
    if (this.#ended) throw new WireError("an end after the end");
    this.#ended = true;
    this.#deliver();
  }

  onReset(error: Error): void {
    this.#peerReset = true;
    this.destroy(error);
  }

  override _read(): void {
    this.#wanted = true;
    this.#deliver();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#unsent = chunk;
    this.#sent = done;
    this.#sendUnsent();
  }

  override _final(done: () => void): void {
    this.#writer.frame(endFrame(this.id));
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#inbox.length = 0;
    this.#unsent = undefined;
    const whole = this.#ended && this.writableFinished;
    if (!this.#peerReset && !whole) this.#writer.frame(resetFrame(this.id, error?.message ?? "closed"));
    this.#forget(this.id);
    done(error);
  }

  #deliver(): void {
    while (this.#wanted && this.#inbox.length > 0) {
      const chunk = this.#inbox.shift() as Buffer;
      this.#consumed += costOf(chunk.length);
      this.#wanted = this.push(chunk);
    }
    if (this.#consumed >= WINDOW / 2) this.#giveBack();
    if (!this.#ended || this.#pushedEnd || this.#inbox.length > 0) return;
    this.#pushedEnd = true;
    this.push(null);
  }

  #giveBack(): void {
    this.#allowed += this.#consumed;
    this.#writer.credit(this.id, this.#consumed);
    this.#consumed = 0;
  }

  #sendUnsent(): void {
    while (this.#unsent !== undefined && this.#unsent.length > 0) {
      if (this.#credit < MIN_COST) return;
      if (!this.#writer.ready) return this.#writer.whenReady(this.#turn);
      const piece = this.#unsent.subarray(0, Math.min(this.#credit, MAX_DATA));
      this.#unsent = this.#unsent.subarray(piece.length);
      this.#credit -= costOf(piece.length);
      this.#writer.data(this.id, piece);
    }
    const sent = this.#sent;
    this.#unsent = undefined;
    this.#sent = undefined;
    sent?.();
  }
}

/** A few bytes must not keep the large buffer alive that they were read with. */
function ownMemory(bytes: Buffer): Buffer {
  if (bytes.length * 2 >= bytes.buffer.byteLength) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
