import fc from "fast-check";
import { expect, test } from "vitest";
import { MalformedError } from "../../../src/sync/errors.ts";
import { encodeCbor } from "../../../src/sync/encoding/cbor.ts";
import { Bitmap } from "../../../src/sync/files/bitmap.ts";
import { decodeFileFrame, encodeFileFrame, type FileFrame } from "../../../src/sync/files/frames.ts";
import { MAX_FILE, STRIDE } from "../../../src/sync/files/layout.ts";
import { Plan } from "../../../src/sync/files/plan.ts";

test("files: a bitmap counts what it has, and refuses bytes of another length or bits behind the end", () => {
  const bitmap = new Bitmap(10);
  for (const n of [0, 9, 9, 3]) bitmap.add(n);
  for (const n of [-1, 10, 4000]) bitmap.add(n);
  expect([bitmap.count, bitmap.has(9), bitmap.has(1), bitmap.isFull]).toEqual([3, true, false, false]);
  expect(new Bitmap(10, bitmap.bytes()).count).toBe(3);
  bitmap.delete(9);
  expect(bitmap.count).toBe(2);
  expect(Bitmap.full(10).isFull).toBe(true);
  expect(() => new Bitmap(10, new Uint8Array(3))).toThrow(RangeError);
  expect(() => new Bitmap(10, new Uint8Array([0, 0xff]))).toThrow(RangeError);
});

const root = new Uint8Array(32).fill(5);
const FRAMES: FileFrame[] = [
  { type: "ask", id: 1, root, size: 12 },
  { type: "holds", id: 2, bits: null },
  { type: "holds", id: 2, bits: new Uint8Array([1, 2]) },
  { type: "none", id: 3 },
  { type: "get", id: 4, root, size: MAX_FILE, index: 7 },
  { type: "chunk", id: 5, proof: new Uint8Array(64), sealed: new Uint8Array(STRIDE) },
];

test("files: frames are read as they were written", () => {
  for (const frame of FRAMES) expect(decodeFileFrame(encodeFileFrame(frame))).toEqual(frame);
});

const raw = (head: Parameters<typeof encodeCbor>[0], tail = new Uint8Array(0)): Uint8Array => {
  const encoded = encodeCbor(head);
  return new Uint8Array([encoded.length >> 8, encoded.length & 255, ...encoded, ...tail]);
};

test("files: negative, endless and absurd numbers, chunks and proofs that are too long are malformed", () => {
  const wrong = [
    raw([4, 1, root, -1, 0]),
    raw([4, 1, root, 10, -1]),
    raw([4, 1, root, MAX_FILE + 1, 0]),
    raw([4, 1, root, 10, Number.MAX_SAFE_INTEGER]),
    raw([4, -1, root, 10, 0]),
    raw([4, 1, root.slice(1), 10, 0]),
    raw([4, 1, root, 10]),
    raw([1, 1, root, 10, 0]),
    raw([4, 1, root, 10, 0], new Uint8Array(1)),
    raw([5, 1, new Uint8Array(33)]),
    raw([5, 1, new Uint8Array(32 * 23)]),
    raw([5, 1, new Uint8Array(0)], new Uint8Array(STRIDE + 1)),
    raw([2, 1, true], new Uint8Array(1)),
    raw([2, 1, false], new Uint8Array(512 * 1024 + 1)),
    raw([9, 1]),
    raw({ a: 1 }),
    new Uint8Array([255]),
    new Uint8Array([255, 255, 1]),
  ];
  for (const frame of wrong) expect(() => decodeFileFrame(frame)).toThrow(MalformedError);
});

test("files: any bytes are a frame or malformed, nothing else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeFileFrame(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedError);
      }
    }),
    { numRuns: 2000 },
  );
});

test("files: two sources are asked for different chunks, each only for what it holds", () => {
  const plan = new Plan(new Bitmap(4));
  const some = new Bitmap(4);
  some.add(0);
  some.add(3);
  plan.offer("whole", Bitmap.full(4));
  plan.offer("part", some);
  expect([plan.next("part", 0), plan.next("whole", 0), plan.next("part", 0), plan.next("whole", 0), plan.next("part", 0)]).toEqual([
    0,
    1,
    3,
    2,
    undefined,
  ]);
  for (const n of [0, 1, 2, 3]) plan.got(n);
  expect(plan.isDone).toBe(true);
});

test("files: what a source that went was asked for is asked of another, and what it does not have never of it again", () => {
  const plan = new Plan(new Bitmap(2));
  plan.offer("a", Bitmap.full(2));
  expect([plan.next("a", 0), plan.next("a", 0)]).toEqual([0, 1]);
  plan.leave("a");
  plan.offer("b", Bitmap.full(2));
  expect(plan.next("b", 0)).toBe(0);
  plan.missed("b", 0);
  expect([plan.next("b", 0), plan.next("b", 0)]).toEqual([1, undefined]);
});

test("files: a chunk that a slow source does not bring is asked of a second one, and of no third", () => {
  const plan = new Plan(new Bitmap(1));
  for (const source of ["slow", "quick", "third"]) plan.offer(source, Bitmap.full(1));
  expect(plan.next("slow", 0)).toBe(0);
  expect(plan.next("quick", 1000)).toBeUndefined();
  expect(plan.next("slow", 9000)).toBeUndefined();
  expect(plan.next("quick", 3000)).toBe(0);
  expect(plan.next("third", 9000)).toBeUndefined();
});
