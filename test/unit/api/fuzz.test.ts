import fc from "fast-check";
import { expect, test } from "vitest";
import { parseReply } from "../../../src/api/codec.ts";
import { type MethodName, methods } from "../../../src/api/methods.ts";
import { serve } from "../../../src/api/server.ts";
import { createClient } from "../../../src/api/client.ts";
import { LineReader } from "../../../src/api/lines.ts";
import { HomeportError } from "../../../src/api/errors.ts";
import { channelPair } from "./channel-pair.ts";
import { handlersOf } from "./handlers.ts";

const names = Object.keys(methods) as MethodName[];

/** From noise to almost right. */
const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.json(),
  fc
    .record(
      {
        jsonrpc: fc.constantFrom("2.0", "2.0", "2.0", "1.0"),
        id: fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.constant(1)),
        method: fc.oneof(fc.constantFrom<string>(...names, "cancel", "event"), fc.string()),
        params: fc.oneof(
          fc.dictionary(fc.constantFrom("conversation", "text", "limit", "settings", "id", "__proto__", "account"), fc.jsonValue()),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
);

test("a server answers hostile texts with errors, never throws, and still answers what is right", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(hostile, { maxLength: 30 }), async (texts) => {
      const [near, far] = channelPair();
      const replies: unknown[] = [];
      const mistakes: unknown[] = [];
      serve(far, handlersOf({ chats: async () => [] }), { onMistake: (error) => mistakes.push(error) });
      near.onMessage((text) => void replies.push(parseReply(text)));
      for (const text of texts) await near.send(text);
      await near.send('{"jsonrpc":"2.0","id":"last","method":"chats"}');
      await new Promise((resolve) => setImmediate(resolve));
      expect(mistakes).toEqual([]);
      expect(replies).not.toContain(undefined);
      expect(replies.at(-1)).toMatchObject({ kind: "result", id: "last", data: [] });
    }),
    { numRuns: 300 },
  );
});

test("a client survives whatever a daemon says: each call ends with an answer or a HomeportError", async () => {
  const said = fc.oneof(
    hostile,
    fc
      .record(
        { jsonrpc: fc.constant("2.0"), id: fc.constantFrom(1, 2, null), result: fc.jsonValue(), error: fc.jsonValue() },
        { requiredKeys: ["jsonrpc"] },
      )
      .map((value) => JSON.stringify(value)),
    fc.jsonValue().map((event) => JSON.stringify({ jsonrpc: "2.0", method: "event", params: { subscription: 1, event } })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(said, { maxLength: 10 }), async (texts) => {
      const [near, far] = channelPair();
      far.onMessage(() => undefined);
      const client = createClient(near);
      const calls = [client.call("watch", {}), client.call("chats", {})].map((call) => call.catch((error: unknown) => error));
      for (const text of texts) await far.send(text).catch(() => undefined);
      far.close();
      const mistakes = (await Promise.all(calls)).filter((ended) => ended instanceof Error && !(ended instanceof HomeportError));
      expect(mistakes).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("lines come out the same however the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", ""))), fc.array(fc.nat(50)), (texts, cuts) => {
      const bytes = new TextEncoder().encode(texts.map((text) => `${text}\n`).join(""));
      const reader = new LineReader(10_000);
      const lines: string[] = [];
      let start = 0;
      for (const cut of cuts) {
        lines.push(...reader.push(bytes.subarray(start, start + cut)));
        start += cut;
      }
      lines.push(...reader.push(bytes.subarray(start)));
      // A byte order mark at the start of a line is no text.
      expect(lines).toEqual(texts.map((text) => text.replace(/^\ufeff/, "")).filter((text) => text !== ""));
    }),
  );
});

test("a line that never ends is cut off at the limit, and bytes that are not UTF-8 are refused", () => {
  const reader = new LineReader(1000);
  reader.push(new Uint8Array(900).fill(65));
  expect(() => reader.push(new Uint8Array(101).fill(65))).toThrow(expect.objectContaining({ code: "too-large" }) as Error);
  expect(() => new LineReader(1000).push(Uint8Array.of(0xff, 0x0a))).toThrow(expect.objectContaining({ code: "malformed" }) as Error);
});
