import { Buffer } from "node:buffer";

/** Longest line taken from a server: 8191 bytes of tags (message-tags) and, against the standard's 512, room for servers that allow more. */
const MAX_INCOMING_BYTES = 16 * 1024;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder("latin1");

/** What `LineReader` found: a line, or how many bytes of one that was too long. */
export type ReadLine = { text: string } | { oversized: number };

/** Cuts a byte stream into lines and holds at most `limit` bytes of an unfinished one, whatever the server sends. */
export class LineReader {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #held = 0;
  #skipped = 0;

  constructor(limit: number = MAX_INCOMING_BYTES) {
    this.#limit = limit;
  }

  push(chunk: Uint8Array): ReadLine[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: ReadLine[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      this.#hold(bytes.subarray(start, end));
      const line = this.#finish();
      if (line) lines.push(line);
      start = end + 1;
    }
    this.#hold(bytes.subarray(start));
    return lines;
  }

  #hold(part: Buffer): void {
    if (part.length === 0) return;
    if (this.#skipped > 0 || this.#held + part.length > this.#limit) {
      this.#skipped += this.#held + part.length;
      this.#parts = [];
      this.#held = 0;
      return;
    }
    this.#parts.push(Buffer.from(part));
    this.#held += part.length;
  }

  #finish(): ReadLine | undefined {
    const oversized = this.#skipped;
    const line = Buffer.concat(this.#parts, this.#held);
    this.#parts = [];
    this.#held = 0;
    this.#skipped = 0;
    if (oversized > 0) return { oversized };
    return line.length > 0 ? { text: decodeLine(line) } : undefined;
  }
}

/**
 * UTF-8; else, as servers cut at 512 bytes, UTF-8 without the character that was cut at the end; else Latin-1. What
 * RFC 1459 forbids inside a line (NUL, CR) becomes U+FFFD.
 */
export function decodeLine(line: Uint8Array): string {
  const end = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
  return decoded(line.subarray(0, end)).replaceAll(/[\0\r]/g, "\uFFFD");
}

function decoded(bytes: Uint8Array): string {
  return utf8(bytes) ?? utf8(bytes.subarray(0, bytes.length - cutCharacter(bytes))) ?? latin1.decode(bytes);
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Bytes of an unfinished character at the end: its first byte and less of the rest than that byte promises. */
function cutCharacter(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) return back < characterLength(byte) ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

function characterLength(first: number): number {
  if (first >= 0xf0) return 4;
  return first >= 0xe0 ? 3 : 2;
}
