import { z } from "zod";
import { id, short, time } from "./common.ts";

const one = z.strictObject({ device: id });

export const lateRow = z.object({
  conversation: id,
  name: short,
  count: z.int().positive(),
  /** When the first and the last of them were written, by the clock of the device. */
  first: time,
  last: time,
});
export type LateRow = z.output<typeof lateRow>;

export const deletionMethods = {
  "message.delete": {
    summary:
      "Deletes messages on all own devices, for ever. `network`: the network that keeps its copy, as nobody can take it back there; null where there is none.",
    params: z.strictObject({ messages: z.array(id).min(1).max(1000) }),
    result: z.array(z.object({ id, network: short.nullable() })).max(1000),
  },
  "chat.delete": {
    summary:
      "Deletes everything in a conversation up to now. `reopen`: a later message shows it again; `block`: nothing of it comes in any more.",
    params: z.strictObject({ conversation: id, later: z.enum(["reopen", "block"]).default("reopen") }),
    result: z.object({ conversation: id, later: z.enum(["reopen", "block"]) }),
  },
  late: {
    summary: "Messages of a revoked device that came behind its cut and are held back, by conversation.",
    params: one,
    result: z.array(lateRow).max(10_000),
  },
  "late.keep": { summary: "Lets them in, on all own devices.", params: one, result: z.object({ device: id, kept: z.int().nonnegative() }) },
  "late.drop": {
    summary: "Deletes them on all own devices, for ever.",
    params: one,
    result: z.object({ device: id, dropped: z.int().nonnegative() }),
  },
} as const;
