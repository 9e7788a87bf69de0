import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeCall,
  encodeCancel,
  encodeError,
  encodeEvent,
  encodeResult,
  MAX_REPLY,
  MAX_REQUEST,
  parseIncoming,
  parseReply,
} from "../../../src/api/codec.ts";
import { RPC, rpcError } from "../../../src/api/errors.ts";

const refusal = (text: string) => {
  const incoming = parseIncoming(text);
  return incoming.kind === "refused" ? [incoming.error.code, incoming.error.data.code, incoming.id] : incoming.kind;
};

/** `__proto__` is no key of any method's parameters; it is dropped for safety. */
const parameters = fc.dictionary(fc.string(), fc.jsonValue()).filter((value) => !JSON.stringify(value).includes("__proto__"));

describe("JSON-RPC 2.0 codec", () => {
  test("a call, a cancel and all replies come back as they were encoded", () => {
    fc.assert(
      fc.property(fc.integer(), fc.stringMatching(/^[a-z.]{1,20}$/), parameters, (id, method, params) => {
        const plain = JSON.parse(JSON.stringify(params)) as object;
        expect(parseIncoming(encodeCall(id, method, params))).toEqual({ kind: "call", id, method, params: plain });
        expect(parseIncoming(encodeCancel(id))).toEqual({ kind: "cancel", id });
        expect(parseReply(encodeResult(id, params))).toEqual({ kind: "result", id, data: plain });
        expect(parseReply(encodeEvent(id, params))).toEqual({ kind: "event", id, data: plain });
        const error = rpcError(RPC.refused, "locked", "No.");
        expect(parseReply(encodeError(id, error))).toEqual({ kind: "error", id, error });
      }),
    );
  });

  test("what is no request gets the error of JSON-RPC section 5.1, with the id where it can be told", () => {
    expect(refusal("{")).toEqual([RPC.parse, "malformed", null]);
    expect(refusal("")).toEqual([RPC.parse, "malformed", null]);
    expect(refusal('[{"jsonrpc":"2.0","id":1,"method":"status"}]')).toEqual([RPC.invalidRequest, "invalid-request", null]);
    expect(refusal("[]")).toEqual([RPC.invalidRequest, "invalid-request", null]);
    expect(refusal("null")).toEqual([RPC.invalidRequest, "invalid-request", null]);
    expect(refusal('"status"')).toEqual([RPC.invalidRequest, "invalid-request", null]);
    expect(refusal('{"id":7,"method":"status"}')).toEqual([RPC.invalidRequest, "invalid-request", 7]);
    expect(refusal('{"jsonrpc":"2.0","id":"a","method":"status","params":[1]}')).toEqual([RPC.invalidRequest, "invalid-request", "a"]);
    expect(refusal('{"jsonrpc":"2.0","id":{},"method":"status"}')).toEqual([RPC.invalidRequest, "invalid-request", null]);
    expect(refusal('{"jsonrpc":"2.0","id":1,"method":"status","extra":1}')).toEqual([RPC.invalidRequest, "invalid-request", 1]);
    expect(refusal(`{"jsonrpc":"2.0","id":1,"method":"${"x".repeat(65)}"}`)).toEqual([RPC.invalidRequest, "invalid-request", 1]);
  });

  test("a notification is never answered", () => {
    expect(refusal('{"jsonrpc":"2.0","method":"status"}')).toBe("ignored");
    expect(refusal('{"jsonrpc":"2.0","method":"cancel","params":{}}')).toBe("ignored");
    expect(refusal('{"jsonrpc":"2.0","method":"cancel","params":{"id":[]}}')).toBe("ignored");
  });

  test("a text over the limit is refused before it is parsed", () => {
    expect(refusal(`"${"x".repeat(MAX_REQUEST)}"`)).toEqual([RPC.invalidRequest, "too-large", null]);
    expect(parseReply(`"${"x".repeat(MAX_REPLY)}"`)).toBeUndefined();
  });

  test("deep nesting overflows no stack", () => {
    const deep = "[".repeat(MAX_REQUEST - 1);
    expect(refusal(deep)).toEqual([RPC.parse, "malformed", null]);
    const closed = `{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`;
    expect(refusal(closed)).toBe("call");
  });

  test("a reply that is none is undefined", () => {
    for (const text of [
      "",
      "1",
      "[]",
      '{"jsonrpc":"2.0","id":1}',
      '{"jsonrpc":"2.0","id":1,"result":1,"error":{}}',
      '{"jsonrpc":"2.0","method":"event"}',
    ])
      expect(parseReply(text)).toBeUndefined();
  });

  test("any text is parsed without an error, in both directions", () => {
    const json = fc.json({ maxDepth: 6 });
    const almost = fc
      .record(
        {
          jsonrpc: fc.constantFrom("2.0", "1.0", 2),
          id: fc.jsonValue(),
          method: fc.jsonValue(),
          params: fc.jsonValue(),
          result: fc.jsonValue(),
          error: fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), json, almost), (text) => {
        expect(["call", "cancel", "ignored", "refused"]).toContain(parseIncoming(text).kind);
        expect(["result", "error", "event", undefined]).toContain(parseReply(text)?.kind);
      }),
      { numRuns: 2000 },
    );
  });
});
