import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { creditFrame, FrameDecoder, messageHeader, resetFrame } from "../../../src/bridges/kit/wire/frame.ts";
import { MAX_FRAME } from "../../../src/bridges/kit/wire/limits.ts";

interface Seen {
  kind: number;
  body: string;
}

function decode(chunks: Buffer[]): Seen[] {
  const seen: Seen[] = [];
  const decoder = new FrameDecoder((kind, body) => seen.push({ kind, body: body.toString("hex") }));
  for (const chunk of chunks) decoder.push(chunk);
  return seen;
}

const encode = (bodies: Uint8Array[]): Buffer => Buffer.concat(bodies.flatMap((body) => [messageHeader(body.length), body]));

function cut(bytes: Buffer, at: number[]): Buffer[] {
  const points = [0, ...at.map((n) => n % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return points.slice(1).map((end, i) => bytes.subarray(points[i], end));
}

describe("frames", () => {
  it("come out the same however the bytes are cut into chunks", () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(), { maxLength: 30 }), (sent, cuts) => {
        const seen = decode(cut(encode(sent), cuts));
        expect(seen).toEqual(sent.map((body) => ({ kind: 0, body: Buffer.from(body).toString("hex") })));
      }),
    );
  });

  it("are refused by their length, before memory is taken for them", () => {
    const header = Buffer.alloc(4);
    for (const length of [0, MAX_FRAME + 1, 0xffff_ffff]) {
      header.writeUInt32BE(length);
      expect(() => decode([header])).toThrow(`a frame of ${length} bytes`);
    }
  });

  it("of the largest allowed size pass", () => {
    const body = Buffer.alloc(MAX_FRAME - 1, 7);
    expect(decode(cut(encode([body]), [10, 70_000, 500_000]))).toEqual([{ kind: 0, body: body.toString("hex") }]);
    expect(() => messageHeader(MAX_FRAME)).toThrow("larger than a frame");
  });

  it("of a stream carry its id", () => {
    expect(decode([creditFrame(7, 258), resetFrame(9, "no")])).toEqual([
      { kind: 2, body: "0000000700000102" },
      { kind: 4, body: "000000096e6f" },
    ]);
  });
});
