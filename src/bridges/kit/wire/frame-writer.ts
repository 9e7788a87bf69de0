import type { Duplex } from "node:stream";
import { creditFrame, FRAME, messageHeader, streamHeader } from "./frame.ts";

export interface OutgoingMessage {
  bytes: Uint8Array;
  /** Asked when its turn comes; false drops it. */
  wanted?: (() => boolean) | undefined;
  /** It has left this process's own queue and may reach the other side. */
  written?: (() => void) | undefined;
}

export type SendMessage = (message: OutgoingMessage) => void;

/**
 * Writes frames as fast as the socket takes them: messages first, then credits, then one data frame of each stream in
 * turn. What waits is bounded by the number of calls and streams.
 */
export class FrameWriter {
  readonly #socket: Duplex;
  readonly #messages: OutgoingMessage[] = [];
  readonly #frames: Buffer[] = [];
  readonly #credits = new Map<number, number>();
  readonly #turns = new Set<() => void>();

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on("drain", () => this.#flush());
  }

  get ready(): boolean {
    return this.#socket.writable && !this.#socket.writableNeedDrain;
  }

  message(message: OutgoingMessage): void {
    this.#messages.push(message);
    this.#flush();
  }

  /** A small frame of a stream: end or reset. */
  frame(frame: Buffer): void {
    this.#frames.push(frame);
    this.#flush();
  }

  credit(stream: number, bytes: number): void {
    this.#credits.set(stream, (this.#credits.get(stream) ?? 0) + bytes);
    this.#flush();
  }

  /** Only while `ready`. */
  data(stream: number, bytes: Buffer): void {
    this.#socket.cork();
    this.#socket.write(streamHeader(FRAME.data, stream, bytes.length));
    this.#socket.write(bytes);
    this.#socket.uncork();
  }

  /** Runs `turn` once, when there is room for data again. */
  whenReady(turn: () => void): void {
    this.#turns.add(turn);
  }

  #flush(): void {
    while (this.ready && this.#next()) {
      // Each turn writes one thing.
    }
  }

  #next(): boolean {
    const message = this.#messages.shift();
    if (message !== undefined) return this.#write(message);
    const frame = this.#frames.shift();
    if (frame !== undefined) return this.#socket.write(frame) || true;
    for (const [stream, bytes] of this.#credits) {
      this.#credits.delete(stream);
      return this.#socket.write(creditFrame(stream, bytes)) || true;
    }
    for (const turn of this.#turns) {
      this.#turns.delete(turn);
      turn();
      return true;
    }
    return false;
  }

  #write(message: OutgoingMessage): boolean {
    if (message.wanted?.() === false) return true;
    this.#socket.cork();
    this.#socket.write(messageHeader(message.bytes.length));
    this.#socket.write(message.bytes);
    this.#socket.uncork();
    message.written?.();
    return true;
  }
}
