import { z } from "zod";
import { entryRefSchema, MAX_TEXT } from "./text.ts";

/** Longest reaction, in UTF-16 code units; emoji of several people and skin tones are long. */
export const MAX_REACTION = 64;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is forbidden
const UNFIT = /[\u0000-\u0020\u007f-\u00a0\u2028\u2029]/;

/** One emoji, or a short word where a network has such reactions: without blanks and control characters. */
export const reactionText = z
  .string()
  .min(1)
  .max(MAX_REACTION)
  .refine((text) => !UNFIT.test(text) && text.isWellFormed(), "a reaction is one emoji or a word");

/** Body of `KIND.edit`. Counts where its author is the author of the message; the newest holds. */
export const editSchema = z.object({ target: entryRefSchema, text: z.string().max(MAX_TEXT) });

/** Body of `KIND.reaction`. Of each author and emoji, the newest holds. */
export const reactionSchema = z.object({ target: entryRefSchema, emoji: reactionText, on: z.boolean() });

/** Body of `KIND.pinMessage`. The newest holds, whoever said it. */
export const pinMessageSchema = z.object({ target: entryRefSchema, on: z.boolean() });
