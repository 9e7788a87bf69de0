import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameDecoder, frameLength } from "../../../src/transport/frame-decoder.ts";

test("lent frames are whole until the next bytes come, however the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 300_000 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1 }),
      (sizes, cuts) => {
        const frames = sizes.map((size) => randomBytes(size));
        const stream = Buffer.concat(frames.flatMap((frame) => [Buffer.from(frameLength(frame.length)), frame]));
        const decoder = new FrameDecoder();
        decoder.lend();
        const got: string[] = [];
        for (let at = 0, n = 0; at < stream.length; n++) {
          const piece = new Uint8Array(stream.subarray(at, at + (cuts[n % cuts.length] as number)));
          at += piece.length;
          decoder.push(piece);
          for (let frame = decoder.next(); frame; frame = decoder.next()) got.push(Buffer.from(frame).toString("base64"));
        }
        expect(got).toEqual(frames.map((frame) => frame.toString("base64")));
      },
    ),
    { numRuns: 30 },
  );
});
