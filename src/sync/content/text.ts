import { z } from "zod";
import { LABELS } from "../../security-labels/index.ts";
import { fileRefSchema, MAX_FILES } from "./file.ts";
import type { Hlc } from "../core.ts";

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

/** A time to live is at least this long, in seconds. */
export const MIN_TTL = 5;
/** And at most a year. */
export const MAX_TTL = 366 * 24 * 3600;

/** Body of `KIND.text`. */
export const textSchema = z.object({
  text: z.string().max(MAX_TEXT),
  style: z.enum(["text", "action", "notice"]),
  /** The person's condition for sending (bridges only): not under a worse label than this. */
  minLabel: z.enum(LABELS).optional(),
  replyTo: entryRefSchema.optional(),
  files: z.array(fileRefSchema).max(MAX_FILES).optional(),
  /** Seconds after it was written at which it goes from every device. */
  ttl: z.int().min(MIN_TTL).max(MAX_TTL).optional(),
});
export type Text = z.infer<typeof textSchema>;

/** Milliseconds since 1970, by the author's clock, so that it is the same on every device; undefined where it stays. */
export function expiryOf(written: Hlc, { ttl }: Pick<Text, "ttl">): number | undefined {
  return ttl === undefined ? undefined : written.ms + ttl * 1000;
}
