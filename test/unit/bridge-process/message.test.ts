import { encode } from "cborg";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage, type Message } from "../../../src/bridges/kit/wire/message.ts";
import { WireError } from "../../../src/bridges/kit/wire/wire-error.ts";

const ERROR = { code: "rate" as const, sent: "no" as const, message: "slowly", retryAfterMs: 500, action: "none" as const };

describe("messages", () => {
  it("come back as they went", () => {
    const messages: Message[] = [
      { kind: "call", id: 1, method: "execute", params: { text: "ü", bytes: new Uint8Array([1, 2]), none: undefined } },
      { kind: "result", id: 2, value: null },
      { kind: "error", id: 3, error: ERROR },
      { kind: "cancel", id: 4 },
      { kind: "note", method: "log", params: [1.5, true] },
    ];
    for (const message of messages) expect(decodeMessage(encodeMessage(message))).toEqual(message);
  });

  it("that hold bytes do not keep the frame they came in", () => {
    const frame = Buffer.from(encodeMessage({ kind: "result", id: 1, value: new Uint8Array(10) }));
    const { value } = decodeMessage(frame) as { value: Uint8Array };
    expect(value.buffer.byteLength).toBe(10);
  });

  it("larger than a frame are refused where they are made", () => {
    const large = { kind: "result" as const, id: 1, value: "x".repeat(1024 * 1024) };
    expect(() => encodeMessage(large)).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ code: "too-large", sent: "no" }) }),
    );
  });

  it.each([
    ["nothing", new Uint8Array(0)],
    ["text that is not CBOR", Buffer.from("hello there")],
    ["nesting a million deep", new Uint8Array(1_000_000).fill(0x81)],
    ["a map", encode({})],
    ["an unknown kind", encode([9, 1])],
    ["a call without an id", encode([1, "x", "ping", null])],
    ["a call with a negative id", encode([1, -1, "ping", null])],
    ["a call with an endless method", encode([1, 1, "x".repeat(65), null])],
    ["an error of an unknown code", encode([3, 1, { ...ERROR, code: "bad" }])],
    ["an error without words", encode([3, 1, { code: "rate", sent: "no" }])],
    ["an error to be retried in a thousand years", encode([3, 1, { ...ERROR, retryAfterMs: 1e14 }])],
    ["a map with one key twice", Buffer.from("8305a2616101616102", "hex")],
    ["an endless array", Buffer.from("9f01ff", "hex")],
    ["an array that promises four billion items", Buffer.from("9affffffff", "hex")],
    ["bytes after the end", Buffer.concat([encode([4, 1]), Buffer.of(0)])],
  ])("refuse %s", (_what, bytes) => {
    expect(() => decodeMessage(bytes)).toThrow(WireError);
  });

  it("made of random bytes give a message or a WireError and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(["call", "result", "error", "cancel", "note"]).toContain(decodeMessage(bytes).kind);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it("cannot reach the prototype of an object", () => {
    const bytes = Buffer.from("8305616da1695f5f70726f746f5f5fa1617801", "hex");
    const { params } = decodeMessage(bytes) as { params: Record<string, unknown> };
    expect(params["x"]).toBeUndefined();
  });
});
