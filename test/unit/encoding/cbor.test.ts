import { decode, encode, rfc8949EncodeOptions } from "cborg";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cbor, decodeCbor, encodeCbor } from "../../../src/sync/encoding/cbor.ts";
import { MalformedError } from "../../../src/sync/errors.ts";
import { fromHex, sameBytes } from "../../../src/sync/encoding/bytes.ts";

const key = fc.string({ unit: "grapheme", maxLength: 30 }).filter((name) => name !== "__proto__");
const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.integer({ min: -300, max: 300 }),
  fc.constantFrom(23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }),
);
const { value } = fc.letrec<{ value: Cbor }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 6 }),
    fc.dictionary(key, tie("value"), { maxKeys: 30, noNullPrototype: true }),
  ),
}));

describe("the canonical encoding of everything that is signed, hashed or sent", () => {
  it("writes what another implementation writes", () => {
    fc.assert(
      fc.property(value, (item) => {
        expect(encodeCbor(item)).toEqual(new Uint8Array(encode(item, rfc8949EncodeOptions)));
      }),
    );
  });

  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(value, (item) => {
        expect(decodeCbor(encodeCbor(item))).toEqual(item);
      }),
    );
  });

  it("takes a byte string if and only if it is what it would have written, and then reads what another implementation reads", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom("set", "insert", "remove")), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(value, damage, (item, changes) => {
        const bytes = [...encodeCbor(item)];
        for (const [where, byte, how] of changes)
          bytes.splice(where % (bytes.length + 1), how === "insert" ? 0 : 1, ...(how === "remove" ? [] : [byte]));
        checkAgreement(new Uint8Array(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it("never does anything but read or refuse, whatever it is given", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => checkAgreement(bytes)),
      { numRuns: 5000 },
    );
  });

  it.each([
    ["a longer form of a number", "1801"],
    ["a longer form of a length", "5800"],
    ["eight bytes where four do", "1b00000000ffffffff"],
    ["an integer that is not safe", "1b0020000000000000"],
    ["a negative one that is not safe", "3b001fffffffffffff"],
    ["an indefinite length", "9fff"],
    ["a tag", "c000"],
    ["a float", "f93c00"],
    ["undefined", "f7"],
    ["a simple value of two bytes", "f814"],
    ["keys out of order", "a2616200616100"],
    ["a longer key before a shorter", "a262616100616200"],
    ["a key twice", "a2616100616100"],
    ["a key that is no text", "a10000"],
    ["the name of the prototype", "a1695f5f70726f746f5f5f00"],
    ["text that is not UTF-8", "62c328"],
    ["a surrogate in UTF-8", "63eda080"],
    ["a second item", "0000"],
    ["nothing", ""],
    ["a list that promises more than there is", "9affffffff"],
    ["bytes that promise more than there are", "5b001fffffffffffff"],
    ["seventeen levels", `${"81".repeat(17)}00`],
    ["a hundred thousand levels", "81".repeat(100_000)],
  ])("refuses %s", (_, hex) => {
    expect(() => decodeCbor(fromHex(hex))).toThrow(MalformedError);
  });

  it("takes sixteen levels", () => {
    expect(() => decodeCbor(fromHex(`${"81".repeat(16)}00`))).not.toThrow();
  });

  it("refuses to write what has no form", () => {
    for (const bad of [1.5, Number.NaN, 2 ** 53, undefined, 1n, () => 0, { a: undefined }, [Symbol("x")]])
      expect(() => encodeCbor(bad as never)).toThrow(TypeError);
  });

  it("goes on after a failure as if nothing had happened", () => {
    expect(() => encodeCbor([1, 2, 1.5])).toThrow(TypeError);
    expect(encodeCbor([1])).toEqual(new Uint8Array([0x81, 1]));
    expect(() => decodeCbor(fromHex("8101ff"))).toThrow(MalformedError);
    expect(decodeCbor(fromHex("8101"))).toEqual([1]);
  });

  it("hands out bytes whose `slice` is a copy, also from a Buffer", () => {
    const frame = Buffer.from(encodeCbor([new Uint8Array([1, 2, 3])]));
    const [bytes] = decodeCbor(frame) as [Uint8Array];
    expect(Buffer.isBuffer(bytes)).toBe(false);
    bytes.slice().fill(9);
    expect([...bytes]).toEqual([1, 2, 3]);
  });
});

/** By another implementation: what it reads and would have written in the same way. */
function checkAgreement(bytes: Uint8Array): void {
  const mine = attempt(() => decodeCbor(bytes));
  if ("error" in mine) expect(mine.error).toBeInstanceOf(MalformedError);
  else expect(sameBytes(encodeCbor(mine.value), bytes)).toBe(true);
  const theirs = attempt(() => canonical(bytes));
  expect("value" in mine).toBe("value" in theirs);
  if ("value" in mine && "value" in theirs) expect(mine.value).toEqual(theirs.value);
}

function canonical(bytes: Uint8Array): Cbor {
  const options = { strict: true, allowIndefinite: false, allowUndefined: false, allowBigInt: false, rejectDuplicateMapKeys: true };
  const read = decode(bytes, { ...options, allowInfinity: false, allowNaN: false }) as Cbor;
  checkShape(read, 0);
  if (!sameBytes(bytes, encode(read, rfc8949EncodeOptions))) throw new Error("not canonical");
  return read;
}

function checkShape(item: Cbor, depth: number): void {
  if (depth > 16 || (typeof item === "number" && !Number.isSafeInteger(item))) throw new Error("no form of the protocol");
  if (item === null || typeof item !== "object" || item instanceof Uint8Array) return;
  for (const inner of Object.values(item)) checkShape(inner, depth + 1);
}

function attempt<T>(run: () => T): { value: T } | { error: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}
