import { z } from "zod";
import { id, short } from "./common.ts";

/** What holds for a moment: never stored, and told only to who is there. `user`: as `from.id` of messages. */
export const moment = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("typing"),
    conversation: id,
    user: short,
    on: z.boolean(),
    /** Milliseconds for which it holds, if nothing else is said. */
    ttl: z.int().nonnegative(),
  }),
  z.object({
    kind: z.literal("presence"),
    conversation: id,
    user: short,
    state: z.enum(["online", "away", "dnd", "offline"]),
    text: short.optional(),
  }),
]);
export type Moment = z.output<typeof moment>;
