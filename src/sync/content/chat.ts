import { z } from "zod";
import { entryRefSchema, MAX_TEXT } from "./text.ts";

/**
 * What a person keeps about a conversation for their own devices. Each entry carries the whole, and the newest holds. In a
 * conversation that others take part in these have no place.
 */

/** Body of `KIND.draft`. An empty text clears it. */
export const draftSchema = z.object({ text: z.string().max(MAX_TEXT), replyTo: entryRefSchema.optional() });
export type Draft = z.infer<typeof draftSchema>;

/** Body of `KIND.pinConversation` and `KIND.archive`. */
export const switchSchema = z.object({ on: z.boolean() });

/** Body of `KIND.mute`. `until`: milliseconds since 1970; without it, until it is switched off. */
export const muteSchema = z.object({ on: z.boolean(), until: z.int().nonnegative().optional() });

/** A hundred years. */
export const MAX_RETENTION_DAYS = 36_525;

/** Body of `KIND.retention`: messages older than so many days go; null keeps them. */
export const retentionSchema = z.object({ days: z.int().min(1).max(MAX_RETENTION_DAYS).nullable() });
