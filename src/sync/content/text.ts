import { z } from "zod";
import { LABELS } from "../../security-labels/index.ts";
import { fileRefSchema, MAX_FILES } from "./file.ts";

/** Longest text of one message, in UTF-16 code units. */
export const MAX_TEXT = 64 * 1024;

/** Exactly so many bytes. */
export const bytesOf = (length: number) => z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === length);

/** Another entry of the same conversation. */
export const entryRefSchema = z.object({
  feed: bytesOf(32),
  inc: bytesOf(8),
  seq: z.int().positive(),
});
export type EntryRef = z.infer<typeof entryRefSchema>;

/** Body of `KIND.text`. */
export const textSchema = z.object({
  text: z.string().max(MAX_TEXT),
  style: z.enum(["text", "action", "notice"]),
  /** The person's condition for sending (bridges only): not under a worse label than this. */
  minLabel: z.enum(LABELS).optional(),
  replyTo: entryRefSchema.optional(),
  files: z.array(fileRefSchema).max(MAX_FILES).optional(),
});
export type Text = z.infer<typeof textSchema>;
