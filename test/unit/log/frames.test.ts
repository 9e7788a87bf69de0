import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeCbor } from "../../../src/sync/encoding/cbor.ts";
import { MalformedError } from "../../../src/sync/errors.ts";
import { decodeFrame } from "../../../src/sync/session/frames.ts";

function refusedOrFrame(bytes: Uint8Array): void {
  try {
    expect(decodeFrame(bytes).type).toBeTypeOf("string");
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedError);
  }
}

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.integer({ min: -5, max: 20 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ maxLength: 8 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("any"), { maxLength: 6 }),
  ),
})).any;

test("a frame of any bytes is refused as malformed, or read", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), refusedOrFrame));
});

test("a frame of any canonical structure is refused as malformed, or read", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 18 }), fc.array(value, { maxLength: 5 }), (type, fields) => {
      refusedOrFrame(encodeCbor([type, ...fields] as never));
    }),
    { numRuns: 2000 },
  );
});
