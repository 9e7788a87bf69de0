import { z } from "zod";
import type { Cbor } from "../encoding/cbor.ts";
import { bytesOf } from "./text.ts";

/** Entries of one branch, up to the first that is signed. */
export const MAX_BRANCH = 1024;
/** Fields of a header from `parents` on; what is before follows from the feed and from the header before. */
export const TAIL_FIELDS = 8;

const tail = z.custom<readonly Cbor[]>((value) => Array.isArray(value) && value.length === TAIL_FIELDS);
const branch = z.object({ entries: z.array(tail).min(1).max(MAX_BRANCH), signature: bytesOf(64) });

/**
 * Body of `KIND.fork` (B5), in the own-devices log: two chains of one feed, both signed, that follow the same entry and part there. It
 * proves itself, whoever says it.
 */
export const forkSchema = z.object({
  conversation: bytesOf(32),
  feed: bytesOf(32),
  inc: bytesOf(8),
  /** The first place at which there are two entries, and the id of the entry before it. */
  seq: z.int().positive(),
  prev: bytesOf(32).nullable(),
  /** Ascending by the id of their first entries. An account head that is the same as in the entry before is null. */
  branches: z.tuple([branch, branch]),
});
export type ForkBody = z.infer<typeof forkSchema>;
export type BranchBody = ForkBody["branches"][number];
