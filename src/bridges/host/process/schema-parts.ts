import { z } from "zod";

/** Bytes of UTF-8 of a foreign id, by the contract. */
const MAX_ID_BYTES = 512;

/** What identifies is refused when it is too long: cut, two would become one. */
export const id = z
  .string()
  .min(1)
  .refine((text) => Buffer.byteLength(text) <= MAX_ID_BYTES, `longer than ${MAX_ID_BYTES} bytes`);

/** Words come from the network through the plugin: too many are cut, for the child is not to blame. */
export const words = (max: number) => z.string().transform((text) => clip(text, max));

function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
}

/** Milliseconds since 1970, up to the last that a Date can hold. */
export const time = z.number().min(0).max(8.64e15).transform(Math.floor);

export const bytes = z.instanceof(Uint8Array);

export const msgRef = z.object({ conv: id, id });

export const MAX_NAME = 512;
export const MAX_LINE = 4_096;
