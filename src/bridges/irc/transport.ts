import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import type { Transport } from "irc-framework";
import { LineReader } from "./line-reader.ts";
import { checkOutgoing } from "./outgoing-line.ts";

/** Bytes that may wait for a server that does not read; above it the connection is ended. */
const MAX_UNSENT_BYTES = 1024 * 1024;

export interface StreamEvents {
  /** A line of so many bytes was too long and is lost. */
  oversized: (bytes: number) => void;
  /** A line that nobody could make sense of. */
  malformed: (error: unknown) => void;
}

/** irc-framework's transport over a stream that the host dialled. Every byte of the connection passes through here. */
export function transportOver(stream: Duplex, events: StreamEvents): new () => Transport {
  return class extends StreamTransport {
    constructor() {
      super(stream, events);
    }
  };
}

class StreamTransport extends EventEmitter implements Transport {
  readonly #stream: Duplex;
  readonly #events: StreamEvents;
  readonly #reader = new LineReader();
  #error: unknown;

  constructor(stream: Duplex, events: StreamEvents) {
    super();
    this.#stream = stream;
    this.#events = events;
  }

  connect(): void {
    this.#stream.on("data", (chunk: Uint8Array) => this.#take(chunk));
    this.#stream.on("error", (error) => (this.#error = error));
    this.#stream.once("end", () => this.#stream.destroy());
    this.#stream.once("close", () => this.emit("close", this.#error ?? false));
    // Whoever started us is to have us in hand before the first event.
    queueMicrotask(() => (this.#stream.destroyed ? this.emit("close", this.#error ?? false) : this.emit("open")));
  }

  /** Throws a `BridgeError` for a line that must not go out. */
  writeLine(line: string, written?: () => void): void {
    checkOutgoing(line);
    if (this.#stream.writableLength > MAX_UNSENT_BYTES) this.#stream.destroy(new Error("the server does not read what it is sent"));
    this.#stream.write(`${line}\r\n`, () => written?.());
  }

  close(force?: boolean): void {
    if (force === true) this.#stream.destroy();
    else this.#stream.end();
  }

  disposeSocket(): void {
    this.#stream.destroy();
  }

  setEncoding(encoding: string): boolean {
    return encoding === "utf8";
  }

  /** One bad line never stops the loop. */
  #take(chunk: Uint8Array): void {
    for (const line of this.#reader.push(chunk)) {
      try {
        if ("oversized" in line) this.#events.oversized(line.oversized);
        else this.emit("line", line.text);
      } catch (error) {
        this.#events.malformed(error);
      }
    }
  }
}
