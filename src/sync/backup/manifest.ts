import { decodeCbor, encodeCbor } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";
import { z } from "zod";
import { bytesOf } from "../content/text.ts";

/** Names of the parts that every backup has, in this order; more may follow. */
export const PART = { manifest: "manifest", dataKey: "data-key", database: "database" } as const;

/** Body of the part `manifest`: what a program has to know before it takes the rest. */
const manifestSchema = z.object({
  /** Of Homeport, for people. */
  program: z.string().max(64),
  /** The device that made it. */
  device: bytesOf(32),
  account: bytesOf(32),
  /** Milliseconds since 1970. */
  created: z.int().nonnegative(),
  entries: z.int().nonnegative(),
  /** Of each component's tables. */
  schema: z.record(z.string().max(64), z.int().nonnegative()),
});
export type Manifest = z.infer<typeof manifestSchema>;

export function encodeManifest(manifest: Manifest): Uint8Array {
  return encodeCbor(manifest);
}

/** Throws `MalformedError`. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const parsed = manifestSchema.safeParse(decodeCbor(bytes));
  if (!parsed.success) throw new MalformedError("not a manifest");
  return parsed.data;
}
