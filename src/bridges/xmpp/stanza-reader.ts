import { TextDecoder } from "node:util";
import { type Element, xml } from "@xmpp/client";

/** Bytes, elements and depth of one stanza. Above it the server is not listened to any more. */
const MAX_BYTES = 1024 * 1024;
const MAX_ELEMENTS = 20_000;
const MAX_DEPTH = 64;
/** A stanza that arrives in one piece with others is not to pay for them. */
const PIECE = 16 * 1024;
const TAIL = 64;

export interface StanzaEvents {
  stanza: (stanza: Element) => void;
  /** The other side ends its stream. */
  ended: () => void;
}

class LimitedParser extends xml.Parser {
  elements = 0;
  depth = 0;

  protected override onStartElement(name: string, attributes: Record<string, string>): void {
    this.depth += 1;
    this.elements += 1;
    if (this.depth > MAX_DEPTH || this.elements > MAX_ELEMENTS) throw new Error("the server sent a stanza that is too deep or too wide");
    super.onStartElement(name, attributes);
  }

  protected override onEndElement(name: string): void {
    this.depth -= 1;
    if (this.depth < 0) throw new Error("the server closed more than it had opened");
    super.onEndElement(name);
  }
}

/** Reads one XML stream (RFC 6120, section 4): bytes in, whole stanzas out, in bounded memory. */
export class StanzaReader {
  readonly #decoder = new TextDecoder();
  readonly #parser = new LimitedParser();
  #bytes = 0;
  #closed = false;
  /** Of the text, what stands behind the last tag. */
  #tail = "";

  constructor(events: StanzaEvents) {
    this.#parser.on("element", (stanza: Element) => {
      this.#bytes = 0;
      this.#parser.elements = 0;
      if (!this.#closed) events.stanza(stanza);
    });
    this.#parser.on("end", () => this.#closed || events.ended());
    this.#parser.on("error", (error: Error) => {
      throw error;
    });
  }

  /** Throws for what is no XML or too much of it; the stream is then useless. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.#closed; at += PIECE) {
      const piece = chunk.subarray(at, at + PIECE);
      this.#bytes += piece.length;
      if (this.#bytes > MAX_BYTES) throw new Error("the server sent a stanza that is too large");
      const text = this.#decoder.decode(piece, { stream: true });
      const tag = text.lastIndexOf(">");
      this.#tail = tag < 0 ? (this.#tail + text).slice(-TAIL) : text.slice(tag + 1, tag + 1 + TAIL);
      this.#parser.write(text);
    }
  }

  /** Nothing of a further stanza has come. */
  get isBetween(): boolean {
    return this.#parser.depth === 1 && this.#tail.trim() === "";
  }

  /** Nothing that comes from now on is read. */
  close(): void {
    this.#closed = true;
  }
}
