import { z } from "zod";
import { cursor, id, short, time } from "./common.ts";
import { message } from "./messages.ts";

/** UTF-16 code units of the message's text; `end` is behind the last. */
const match = z.object({ start: z.int().nonnegative(), end: z.int().positive() });

export const searchHit = z.object({
  message,
  /** Name of the conversation. */
  name: short,
  /** Where the words stand, in order; at most 64. */
  matches: z.array(match).max(64),
});
export type SearchHit = z.output<typeof searchHit>;

export const searchMethods = {
  search: {
    summary: "Messages that have all of the words, newest first.",
    params: z.strictObject({
      /** All have to be there; `"two words"` side by side, `begin*` for a beginning of at least three letters. */
      words: z.string().min(1).max(1024),
      conversation: id.optional(),
      /** Words of the author's name, or the name of an own device; `me` for oneself. */
      from: short.min(1).optional(),
      /** Not before, and before. */
      after: time.optional(),
      before: time.optional(),
      limit: z.int().min(1).max(200).default(50),
      cursor: cursor.optional(),
    }),
    result: z.object({
      hits: z.array(searchHit).max(200),
      /** For the next older ones; null at the end. Fewer than `limit` may come with it. */
      next: cursor.nullable(),
      /** False where messages that came in just now are not searched yet. */
      complete: z.boolean(),
      /** How many at most. */
      pending: z.int().nonnegative(),
    }),
  },
} as const;
