import { z } from "zod";
import { LABELS } from "../../security-labels/index.ts";
import { bridgedSchema, securityFactsSchema } from "./bridged.ts";
import { reactionText } from "./notes.ts";
import { entryRefSchema, MAX_TEXT } from "./text.ts";

/** Of one person to one message. */
const MAX_SET = 20;

const heard = {
  target: entryRefSchema,
  from: bridgedSchema.shape.from,
  /** Milliseconds since 1970, by the network; not trusted for order. */
  ts: z.int().nonnegative(),
  label: z.enum(LABELS),
  facts: securityFactsSchema,
};

/** Body of `KIND.heardEdit`: a network says that a message has another text. Counts where it comes from who said the message; the newest holds. */
export const heardEditSchema = z.object({ ...heard, text: z.string().max(MAX_TEXT) });
export type HeardEdit = z.infer<typeof heardEditSchema>;

/** Body of `KIND.heardReactions`: all that one person of a network now has to say to a message in emoji; the newest of each holds. */
export const heardReactionsSchema = z.object({ ...heard, set: z.array(reactionText).max(MAX_SET) });

/** More of a set is left out. */
export const MAX_HEARD_REACTIONS = MAX_SET;
