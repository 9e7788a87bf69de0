import type { Duplex } from "node:stream";
import { NS } from "./ns.ts";
import { StanzaReader } from "./stanza-reader.ts";
import { type Element, el, serialize } from "./xml.ts";

/** Bytes that may wait for a server that does not read; above it the connection is ended. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;

/** One connection's XML streams, one after the other: TLS and a login each begin a new one (RFC 6120, 4.3.3). */
export class XmlStream {
  /** Resolves with what broke it, or undefined. Never rejects. */
  readonly closed: Promise<unknown>;
  readonly #waiting: Element[] = [];
  readonly #close = Promise.withResolvers<unknown>();
  #stream: Duplex;
  #reader: StanzaReader | undefined;
  #taker: ((stanza: Element) => void) | undefined;
  #wake: (() => void) | undefined;
  #error: unknown;
  #isClosed = false;
  readonly #data = (chunk: Uint8Array) => this.#read(chunk);

  constructor(stream: Duplex) {
    this.closed = this.#close.promise;
    this.#stream = stream;
    this.#attach();
  }

  /** Begins a stream of ours; the other side answers with its own. */
  open(domain: string): void {
    this.#reader?.close();
    this.#waiting.length = 0;
    this.#reader = new StanzaReader({
      stanza: (stanza) => this.#take(stanza),
      ended: () => this.#stream.end(),
    });
    const header = el("stream:stream", { to: domain, version: "1.0", "xml:lang": "en", xmlns: NS.client, "xmlns:stream": NS.stream });
    this.#stream.write(`<?xml version='1.0'?>${serialize(header).replace(/\/>$/, ">")}`);
  }

  /** False where the connection is gone. */
  send(stanza: Element): boolean {
    if (this.#isClosed || this.#stream.destroyed || !this.#stream.writable) return false;
    if (this.#stream.writableLength > MAX_UNSENT_BYTES) {
      this.cut(new Error("the server does not read what it is sent"));
      return false;
    }
    this.#stream.write(serialize(stanza));
    return true;
  }

  /** The next element of the stream, while nobody takes them. Rejects when the connection ends first. */
  async next(): Promise<Element> {
    for (;;) {
      const stanza = this.#waiting.shift();
      if (stanza) return stanza;
      if (this.#isClosed) throw this.#error instanceof Error ? this.#error : new Error("the connection was closed");
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** From now on all go here, those that wait first. */
  take(taker: (stanza: Element) => void): void {
    this.#taker = taker;
    for (const stanza of this.#waiting.splice(0)) this.#guarded(taker, stanza);
  }

  /**
   * The connection without its stream, for encryption to begin on it. Throws where the server said more than it was asked
   * for: that came in the clear, and may come from somebody else (RFC 6120, 5.4.3.3).
   */
  detach(): Duplex {
    const isClean = this.#waiting.length === 0 && this.#reader?.isBetween === true;
    this.#reader?.close();
    this.#stream.off("data", this.#data);
    this.#stream.pause();
    if (!isClean) throw new Error("something was slipped in before the encryption began");
    this.#stream.removeAllListeners("end").removeAllListeners("close");
    return this.#stream;
  }

  /** Goes on over another connection, the same encrypted. */
  attach(stream: Duplex): void {
    this.#stream = stream;
    this.#attach();
  }

  pause(on: boolean): void {
    if (on) this.#stream.pause();
    else this.#stream.resume();
  }

  /** Says goodbye; the server answers and closes. */
  end(): void {
    if (!this.#stream.destroyed && this.#stream.writable) this.#stream.end("</stream:stream>");
  }

  cut(error?: unknown): void {
    this.#error ??= error;
    this.#stream.destroy();
    this.#ended();
  }

  #attach(): void {
    const stream = this.#stream;
    stream.on("error", (error) => (this.#error ??= error));
    stream.once("end", () => stream.destroy());
    stream.once("close", () => stream === this.#stream && this.#ended());
    stream.on("data", this.#data);
    if (stream.destroyed) this.#ended();
  }

  #read(chunk: Uint8Array): void {
    try {
      this.#reader?.push(chunk);
    } catch (error) {
      this.cut(error);
    }
  }

  #take(stanza: Element): void {
    if (this.#taker) return this.#guarded(this.#taker, stanza);
    this.#waiting.push(stanza);
    this.#wake?.();
  }

  /** One bad stanza never stops the loop. */
  #guarded(taker: (stanza: Element) => void, stanza: Element): void {
    if (!this.#isClosed) taker(stanza);
  }

  #ended(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reader?.close();
    this.#wake?.();
    this.#close.resolve(this.#error);
  }
}
