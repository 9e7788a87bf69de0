import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedError } from "../../../src/sync/errors.ts";
import { MAX_FRAME } from "../../../src/sync/ports.ts";
import { FrameBatch } from "../../../src/transport/frame-batch.ts";
import { FrameDecoder, frameLength } from "../../../src/transport/frame-decoder.ts";
import { FrameReceiver } from "../../../src/transport/frame-receiver.ts";
import { FrameSender } from "../../../src/transport/frame-sender.ts";
import { wait } from "./pairs.ts";

const sizes = fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 16_000, max: 70_000 }));
const frames = fc
  .array(sizes, { minLength: 1, maxLength: 8 })
  .map((lengths) => lengths.map((length, n) => new Uint8Array(length).fill(n + 1)));

function decodeAll(decoder: FrameDecoder): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) all.push(frame);
  return all;
}

describe("frames", () => {
  it("whatever is batched is decoded, however the bytes are cut", () => {
    fc.assert(
      fc.property(
        frames,
        fc.array(fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 500, max: 90_000 })), { minLength: 2 }),
        fc.boolean(),
        (sent, cuts, asBuffer) => {
          const batch = new FrameBatch();
          for (const frame of sent) batch.add(frame);
          const bytes = Buffer.concat(batch.take());
          const decoder = new FrameDecoder();
          const received: Uint8Array[] = [];
          for (let at = 0, n = 0; at < bytes.length; n++) {
            const end = at + (cuts[n % cuts.length] as number);
            const piece = bytes.subarray(at, end);
            decoder.push(asBuffer ? piece : new Uint8Array(piece));
            received.push(...decodeAll(decoder));
            at = end;
          }
          expect(received.length).toBe(sent.length);
          expect(received.every((frame, n) => Buffer.compare(frame, sent[n] as Uint8Array) === 0)).toBe(true);
          expect(decoder.buffered).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("never changes a piece that it was given, and frames are copies of it", () => {
    const pieces = [Buffer.from([3, 1, 2, 3, 5, 9]), Buffer.from([9, 9]), Buffer.from([9, 9, 1, 7])];
    const before = pieces.map((piece) => Buffer.from(piece));
    const decoder = new FrameDecoder();
    const received = pieces.flatMap((piece) => {
      decoder.push(piece);
      return decodeAll(decoder);
    });
    expect(pieces).toEqual(before);
    for (const piece of pieces) piece.fill(0);
    expect(received).toEqual([new Uint8Array([1, 2, 3]), new Uint8Array(5).fill(9), new Uint8Array([7])]);
  });

  it("the length is an unsigned varint in its shortest form", () => {
    expect([1, 127, 128, 300, 16_383, 16_384, MAX_FRAME].map(frameLength)).toEqual([
      [1],
      [0x7f],
      [0x80, 0x01],
      [0xac, 0x02],
      [0xff, 0x7f],
      [0x80, 0x80, 0x01],
      [0x80, 0x80, 0x40],
    ]);
  });

  it.each([[[0]], [[0x80, 0]], [[0x80, 0x80, 0]], [[0x81, 0x80, 0x40]], [[0xff, 0xff, 0x7f]], [[0x80, 0x80, 0x80, 1]]])(
    "refuses the length %j before it holds anything for it",
    (bytes) => {
      const decoder = new FrameDecoder();
      decoder.push(new Uint8Array(bytes));
      expect(() => decoder.next()).toThrow(MalformedError);
    },
  );

  it("no bytes make the decoder fail in another way, loop or hold more than it was given", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (pieces) => {
        const decoder = new FrameDecoder();
        let given = 0;
        try {
          for (const piece of pieces) {
            given += piece.length;
            decoder.push(piece);
            decodeAll(decoder);
            expect(decoder.buffered).toBeLessThanOrEqual(given);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("a frame that comes byte by byte costs little more than its size", () => {
    const decoder = new FrameDecoder();
    const before = process.memoryUsage();
    for (const byte of [...frameLength(MAX_FRAME)]) decoder.push(new Uint8Array([byte]));
    const one = new Uint8Array([1]);
    for (let n = 0; n < MAX_FRAME - 1; n++) decoder.push(one);
    const after = process.memoryUsage();
    expect(decoder.buffered).toBe(MAX_FRAME - 1 + 3);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(16 << 20);
  });
});

describe("FrameSender", () => {
  it("makes one write of the small frames of one turn, and none that is not needed", async () => {
    const writes: number[] = [];
    const sender = new FrameSender({ write: (bytes) => writes.push(bytes.length) > 0, hasRoom: () => true });
    await Promise.all(Array.from({ length: 100 }, () => sender.send(new Uint8Array(300))));
    await wait(5);
    expect(writes).toEqual([30_200]);
    for (let n = 0; n < 100; n++) await sender.send(new Uint8Array(300));
    await wait(5);
    expect(writes).toEqual([30_200, 30_200]);
  });

  it("writes nothing while the stream has no room, even when it says that it drained", async () => {
    const writes: number[] = [];
    let room = true;
    const sender = new FrameSender({ write: (bytes) => writes.push(bytes.length) < 0 || (room = false), hasRoom: () => room });
    await sender.send(new Uint8Array(10));
    await wait(5);
    let taken = 0;
    const sends = Array.from({ length: 100 }, () => sender.send(new Uint8Array(60_000)).then(() => taken++));
    for (let n = 0; n < 5; n++) {
      sender.drained();
      await wait(5);
    }
    expect(writes.length).toBe(1);
    expect(taken).toBeLessThan(10);
    while (taken < 100) {
      room = true;
      sender.drained();
      await wait(1);
    }
    await Promise.all(sends);
  });

  it("finish writes what was taken, in order, and refuses what waits", async () => {
    const written: number[] = [];
    const sender = new FrameSender({ write: (bytes) => written.push(bytes[bytes.length - 1] as number) > 0, hasRoom: () => true });
    const sends = Array.from({ length: 10 }, (_, n) => sender.send(new Uint8Array(100_000).fill(n)));
    sender.finish();
    const states = (await Promise.allSettled(sends)).map(({ status }) => status);
    expect(written).toEqual([0, 1, 2]);
    expect(states).toEqual([...Array(3).fill("fulfilled"), ...Array(7).fill("rejected")]);
  });
});

describe("FrameReceiver", () => {
  const source = { pause: () => undefined, resume: () => undefined, failed: () => undefined };

  it("hands over nothing within start(), and closed() not within drop()", async () => {
    const receiver = new FrameReceiver(source);
    const seen: string[] = [];
    receiver.push(new Uint8Array([1, 5]));
    receiver.start({ frame: () => void seen.push("frame"), closed: () => void seen.push("closed") });
    seen.push("started");
    await wait(1);
    receiver.drop();
    receiver.drop();
    seen.push("dropped");
    await wait(1);
    expect(seen).toEqual(["started", "frame", "dropped", "closed"]);
  });

  it("pauses its stream for a slow receiver, and not for a quick asynchronous one", async () => {
    const steps: string[] = [];
    const receiver = new FrameReceiver({ ...source, pause: () => void steps.push("pause"), resume: () => void steps.push("resume") });
    let release = (): void => undefined;
    receiver.start({ frame: () => new Promise((resolve) => (release = resolve)), closed: () => undefined });
    await wait(1);
    steps.length = 0;
    const frame = new Uint8Array(100_003).fill(1);
    frame.set(frameLength(100_000));
    receiver.push(frame);
    receiver.push(frame);
    expect(steps).not.toContain("pause");
    receiver.push(frame);
    receiver.push(frame);
    expect(steps.at(-1)).toBe("pause");
    for (let n = 0; n < 4; n++) {
      release();
      await wait(1);
    }
    expect(steps.at(-1)).toBe("resume");
  });
});
