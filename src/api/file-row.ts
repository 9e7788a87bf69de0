import { z } from "zod";
import { fileName, id, mime, short } from "./common.ts";

const size = z.int().nonnegative();

export const fileRow = z.object({
  file: id,
  /** The newest message that names it. */
  message: id,
  conversation: id,
  name: fileName,
  mime,
  size,
  /** `away`: not on the device that is asked. */
  state: z.enum(["away", "fetching", "here"]),
  /** Bytes of it that are here. */
  received: size,
  /** It was sent from this device, whose copy is kept as long as the message. */
  original: z.boolean(),
  /** Why it does not come for now. */
  problem: z.object({ code: z.string().max(64), message: short }).optional(),
});
export type FileRow = z.output<typeof fileRow>;
