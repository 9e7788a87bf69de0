import { z } from "zod";
import { cutSchema } from "./own.ts";
import { bytesOf } from "./text.ts";

/** Ranges in one entry; more make another entry. */
export const MAX_RANGES = 1000;

/** Entries of one feed from `from` to `to`, both included. */
export const rangeSchema = z.object({ feed: bytesOf(32), inc: bytesOf(8), from: z.int().positive(), to: z.int().positive() });
export type EntryRange = z.infer<typeof rangeSchema>;

/** Body of `KIND.tombstone` (E1), in the own-devices log. What it says holds for ever: deletions only add up. */
export const tombstoneSchema = z.object({
  conversation: bytesOf(32),
  /** These entries, here already or not. */
  ranges: z.array(rangeSchema).max(MAX_RANGES).optional(),
  /** Messages that were written before this time (milliseconds since 1970), by the clocks of their entries. */
  before: z.int().nonnegative().optional(),
  /** Everything up to the clock of this entry. What is later opens the conversation again, or is dropped as well. */
  all: z.enum(["reopen", "block"]).optional(),
  /** With `all`: where the conversation's feeds of revoked devices end, as the entries that say so go as well (C1). */
  cuts: z.array(cutSchema).max(64).optional(),
});
export type TombstoneBody = z.infer<typeof tombstoneSchema>;
