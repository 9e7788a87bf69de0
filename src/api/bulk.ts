/**
 * Bytes beside the calls: a second connection to the same socket, which begins with this word, a space, a ticket and a line break.
 * Then pieces, each with its length ahead of it in four bytes (big-endian); one of length 0 says that all is there. So who breaks
 * off in the middle is told from who is done, and no byte is blown up to text.
 */
export const BULK = "homeport-bulk";

/** Largest piece, in bytes. */
export const MAX_PIECE = 1 << 20;
export const MAX_BULK_HEAD = 256;

const HEAD = 4;

export function bulkHead(length: number): Uint8Array {
  const head = new Uint8Array(HEAD);
  new DataView(head.buffer).setUint32(0, length);
  return head;
}

/** The pieces of a stream of bytes. Throws where it breaks off, or is none. */
export async function* bulkPieces(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const head = new Uint8Array(HEAD);
  let [have, left] = [0, 0];
  for await (const bytes of stream) {
    for (let at = 0; at < bytes.length; ) {
      if (left > 0) {
        const piece = bytes.subarray(at, at + left);
        at += piece.length;
        left -= piece.length;
        yield piece;
        continue;
      }
      head[have++] = bytes[at++] as number;
      if (have < HEAD) continue;
      have = 0;
      left = new DataView(head.buffer).getUint32(0);
      if (left === 0) return;
      if (left > MAX_PIECE) throw new RangeError("a piece that is too long");
    }
  }
  throw new Error("the bytes broke off");
}
