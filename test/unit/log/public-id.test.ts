import fc from "fast-check";
import { expect, test } from "vitest";
import { conversationText, messageText, parseId, parseMessageId, PREFIX } from "../../../src/sync/log/public-id.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test("B2: a message id names conversation, feed, incarnation and seq", () => {
  fc.assert(
    fc.property(bytes(32), bytes(32), bytes(8), fc.integer({ min: 1, max: 2 ** 48 - 1 }), (conversation, feed, incarnation, seq) => {
      const parsed = parseMessageId(messageText({ conversation, feed, incarnation, seq }));
      expect(parsed).toBeDefined();
      expect(parsed?.seq).toBe(seq);
      expect([...(parsed?.incarnation ?? [])]).toEqual([...incarnation]);
      expect([...(parsed?.conversationPrefix ?? [])]).toEqual([...conversation.subarray(0, 16)]);
      expect([...(parsed?.feedPrefix ?? [])]).toEqual([...feed.subarray(0, 16)]);
    }),
  );
});

test("ids of another kind, cut ones and any other text are none", () => {
  const id = conversationText(new Uint8Array(32).fill(7));
  expect(parseId(PREFIX.conversation, id)).toEqual(new Uint8Array(32).fill(7));
  expect(parseId(PREFIX.device, id)).toBeUndefined();
  expect(parseId(PREFIX.conversation, id.slice(0, -1))).toBeUndefined();
  expect(parseId(PREFIX.conversation, id.toUpperCase())).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseMessageId(text)).toBeUndefined();
    }),
  );
});
