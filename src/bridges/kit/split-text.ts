import { BridgeError } from "./bridge-error.ts";

export interface SplitLimits {
  /** UTF-8 bytes of one part, at least 4. */
  maxBytes: number;
  /** Most parts; 50 by the contract. */
  maxParts?: number | undefined;
  /** `keep`: the network's messages may have several lines, and the text is cut only where it is too long. Default: one line a message. */
  lines?: "split" | "keep" | undefined;
}

const MAX_PARTS = 50;

/**
 * Cuts a text into what a network with one line a message takes: line by line, empty lines left out; a line that is too
 * long after its last word that fits (the space is dropped), else between graphemes, and only inside a grapheme where one
 * alone is too long. Linear in the length of the text. Throws a `BridgeError` `too-large` for more than `maxParts`.
 */
export function splitText(text: string, limits: SplitLimits): string[] {
  const maxParts = limits.maxParts ?? MAX_PARTS;
  const parts: string[] = [];
  for (const line of limits.lines === "keep" ? blocks(text, limits.maxBytes) : text.split(/\r\n|[\r\n]/)) {
    if (line === "") continue;
    for (const part of splitLine(line, limits.maxBytes)) {
      if (parts.length === maxParts) throw tooLong(maxParts);
      parts.push(part);
    }
  }
  return parts;
}

/** As many whole lines together as fit. */
function blocks(text: string, maxBytes: number): string[] {
  if (Buffer.byteLength(text) <= maxBytes) return [text];
  const found: string[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const line of text.split("\n")) {
    const size = Buffer.byteLength(line) + 1;
    const fits = bytes + size <= maxBytes;
    if (fits) found.push(`${found.pop() ?? ""}\n${line}`);
    else found.push(line);
    bytes = fits ? bytes + size : size;
  }
  return found;
}

const tooLong = (maxParts: number): BridgeError =>
  new BridgeError({ code: "too-large", sent: "no", message: `The text needs more than ${maxParts} messages on this network.` });

function* splitLine(line: string, maxBytes: number): Generator<string> {
  if (Buffer.byteLength(line) <= maxBytes) {
    yield line;
    return;
  }
  let start = 0;
  let bytes = 0;
  /** Where the next part begins if the line is cut after the last word, and the bytes before that point. */
  let word = 0;
  let wordBytes = 0;
  for (const { text, index, size } of pieces(line, maxBytes)) {
    const space = text === " " || text === "\t";
    // A space that is dropped at the cut needs no room.
    while (bytes + (space ? 0 : size) > maxBytes) {
      const atWord = word > start;
      yield line.slice(start, atWord ? word - 1 : index);
      bytes = atWord ? bytes - wordBytes : 0;
      start = atWord ? word : index;
    }
    bytes += size;
    if (space && index > start) {
      word = index + 1;
      wordBytes = bytes;
    }
  }
  if (start < line.length) yield bytes > maxBytes ? line.slice(start, -1) : line.slice(start);
}

interface Piece {
  text: string;
  index: number;
  /** UTF-8 bytes. */
  size: number;
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Graphemes; the code points of one that is larger than a whole part. */
function* pieces(line: string, maxBytes: number): Generator<Piece> {
  for (const { segment, index } of graphemes.segment(line)) {
    const size = Buffer.byteLength(segment);
    if (size <= maxBytes) yield { text: segment, index, size };
    else yield* codePoints(segment, index);
  }
}

function* codePoints(segment: string, start: number): Generator<Piece> {
  let index = start;
  for (const text of segment) {
    yield { text, index, size: Buffer.byteLength(text) };
    index += text.length;
  }
}
