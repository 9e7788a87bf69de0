import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { z } from "zod";
import { draftSchema, muteSchema, retentionSchema, switchSchema } from "../../../src/sync/content/chat.ts";
import { KIND } from "../../../src/sync/content/kinds.ts";
import { editSchema, pinMessageSchema, reactionSchema } from "../../../src/sync/content/notes.ts";
import { readMarkerSchema } from "../../../src/sync/content/own.ts";
import { expiryOf, textSchema } from "../../../src/sync/content/text.ts";
import { fromHex, toHex } from "../../../src/sync/encoding/bytes.ts";
import { type Cbor, decodeCbor, encodeCbor } from "../../../src/sync/encoding/cbor.ts";
import { placeKey, stampOf } from "../../../src/sync/log/stamp.ts";

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "vectors", "content.json"), "utf8"));

const SCHEMAS = new Map<number, z.ZodType>([
  [KIND.text, textSchema],
  [KIND.readMarker, readMarkerSchema],
  [KIND.edit, editSchema],
  [KIND.reaction, reactionSchema],
  [KIND.draft, draftSchema],
  [KIND.pinMessage, pinMessageSchema],
  [KIND.pinConversation, switchSchema],
  [KIND.mute, muteSchema],
  [KIND.archive, switchSchema],
  [KIND.retention, retentionSchema],
]);

test("the bodies of the kinds are those of the vectors, and nothing is lost in reading them", () => {
  for (const { kind, name, content } of vectors.bodies) {
    expect(KIND).toHaveProperty(name, kind);
    const read = SCHEMAS.get(kind)?.parse(decodeCbor(fromHex(content)));
    expect(toHex(encodeCbor(read as Cbor)), name).toBe(content);
  }
});

test("what is no such body is not read", () => {
  for (const { kind, content, why } of vectors.refused)
    expect(SCHEMAS.get(kind)?.safeParse(decodeCbor(fromHex(content))).success, why).toBe(false);
});

test("B2: stamps and targets are those of the vectors", () => {
  const { hlc, feed, inc, seq, stamp } = vectors.stamp;
  const place = { feed: fromHex(feed), incarnation: fromHex(inc), seq };
  expect(toHex(stampOf({ ...place, conversation: new Uint8Array(32), hlc }))).toBe(stamp);
  const { target } = vectors;
  expect(toHex(placeKey({ feed: fromHex(target.feed), inc: fromHex(target.inc), seq: target.seq }))).toBe(target.key);
});

test("a message expires at the time of the vectors", () => {
  const { written, ttl, at } = vectors.expiry;
  expect(expiryOf(written, { ttl })).toBe(at);
});
